//! `flux get`.

use clap::ArgAction::Set;
use clap::{Args, Subcommand};

use super::kube_args::ClusterArgs;
use crate::domain::flux::FluxKind;

/// What can be listed.
#[derive(Subcommand, Clone, Debug)]
pub(super) enum GetWhat {
    /// List sources
    #[command(visible_alias = "source", subcommand_required = true, arg_required_else_help = true)]
    Sources {
        #[command(subcommand)]
        kind: GetSource,
    },
    /// List Kustomizations: what the cluster applies, and how that stands
    #[command(visible_aliases = ["kustomization", "ks"])]
    Kustomizations(Box<GetArgs>),
}

/// The sources that can be listed.
#[derive(Subcommand, Clone, Debug)]
pub(super) enum GetSource {
    /// List GitRepositories: where the cluster syncs from, and how that stands
    Git(Box<GetArgs>),
}

impl GetWhat {
    /// The kind, and what was typed after it.
    pub(super) fn into_parts(self) -> (FluxKind, Box<GetArgs>) {
        match self {
            Self::Sources { kind: GetSource::Git(args) } => (FluxKind::GitRepository, args),
            Self::Kustomizations(args) => (FluxKind::Kustomization, args),
        }
    }
}

/// What was typed after the kind. [`super::resolve_get`] turns it into a configuration.
#[derive(Args, Clone, Debug)]
pub struct GetArgs {
    /// Only the object of this name
    pub(super) name: Option<String>,
    /// List the objects of all namespaces
    #[arg(short = 'A', long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) all_namespaces: bool,
    /// Only objects with these labels, such as `team=shop`
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub(super) label_selector: Option<String>,
    /// Only objects with this status of a condition, such as `ready=false`
    #[arg(long, value_name = "CONDITION=STATUS")]
    pub(super) status_selector: Option<String>,
    /// Leave the table's header out
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) no_header: bool,
    /// Format of the output: `json` prints one object
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub(super) output: String,
    /// How long the whole run may take
    #[arg(long, value_name = "DURATION", default_value = "1m0s")]
    pub(super) timeout: String,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
}
