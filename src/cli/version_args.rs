//! `flux version`.

use clap::ArgAction::Set;
use clap::Args;

use super::kube_args::ClusterArgs;

/// What was typed after `flux version`. [`super::resolve_version`] turns it into a configuration.
#[derive(Args, Clone, Debug)]
pub struct VersionArgs {
    /// Print what this program is, and ask no cluster
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) client: bool,
    /// Format of the output
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "yaml"])]
    pub(super) output: String,
    /// How long the whole run may take
    #[arg(long, value_name = "DURATION", default_value = "1m0s")]
    pub(super) timeout: String,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
}
