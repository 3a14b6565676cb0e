//! `flux check`.

use clap::ArgAction::Set;
use clap::Args;

use super::kube_args::ClusterArgs;

/// What was typed after `flux check`. [`super::resolve_check`] turns it into a configuration.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// Only tell whether a bootstrap could begin
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) pre: bool,
    /// Format of the output: `json` prints one object
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub(super) output: String,
    /// How long the whole run may take
    #[arg(long, value_name = "DURATION", default_value = "1m0s")]
    pub(super) timeout: String,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
}
