//! `flux uninstall`.

use clap::ArgAction::Set;
use clap::Args;

use super::kube_args::ClusterArgs;
use super::uninstall_git_args::UninstallGitArgs;

/// What was typed after `flux uninstall`. [`super::resolve_uninstall`] turns it into a configuration.
#[derive(Args, Clone, Debug)]
pub struct UninstallArgs {
    #[command(flatten)]
    pub(super) removal: RemovalArgs,
    #[command(flatten)]
    pub(super) git: UninstallGitArgs,
    #[command(flatten)]
    pub(super) output: UninstallOutputArgs,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What is removed")]
pub(super) struct RemovalArgs {
    /// Keep the namespace; all that belongs to Flux is removed from it
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) keep_namespace: bool,
    /// Keep the CustomResourceDefinitions and, outside the namespace, all objects of their kinds
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) keep_crds: bool,
    /// Go on without a question
    #[arg(short, long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) silent: bool,
    /// Refuse unless the kubeconfig's context in use has this name
    #[arg(long, value_name = "NAME")]
    pub(super) expect_context: Option<String>,
    /// Remove a Flux that another tool manages, and let workloads of others go with the namespace
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) force: bool,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Run and output")]
pub(super) struct UninstallOutputArgs {
    /// Show what would be removed and remove nothing
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) dry_run: bool,
    /// Format of the output: `json` prints one object a line on standard output
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub(super) output: String,
    /// How long the whole run may take, the question not counted; helm-controller alone may take 10 minutes to end
    #[arg(long, value_name = "DURATION", default_value = "15m0s")]
    pub(super) timeout: String,
    /// Print each object
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) verbose: bool,
}
