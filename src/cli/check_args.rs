//! `flux check`.

use clap::ArgAction::{Append, Set};
use clap::Args;

use super::kube_args::ClusterArgs;

/// What was typed after `flux check`. [`super::resolve_check`] turns it into a configuration.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// Only tell whether a bootstrap could begin
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) pre: bool,
    /// Controllers that must be there, and that alone are looked at (commas or repetition)
    #[arg(long, action = Append, value_name = "NAMES")]
    pub(super) components: Vec<String>,
    /// Controllers that must be there as well
    #[arg(long, action = Append, value_name = "NAMES")]
    pub(super) components_extra: Vec<String>,
    /// Look again this often while something is not ready, until the timeout ends it; else it is looked once
    #[arg(long, value_name = "DURATION")]
    pub(super) poll_interval: Option<String>,
    /// Format of the output: `json` prints one object
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub(super) output: String,
    /// How long the whole run may take
    #[arg(long, value_name = "DURATION", default_value = "1m0s")]
    pub(super) timeout: String,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
}
