//! Proposing the change in a pull request.

use clap::ArgAction::Set;
use clap::Args;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pull requests")]
pub(super) struct PullRequestArgs {
    /// Propose the commit on a branch of its own, and apply it only after it is merged
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) pull_request: bool,
    /// How long to wait for the merge; it does not count towards --timeout
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub(super) pr_wait: String,
    /// Branch that proposes the commit [default: flux-bootstrap/<namespace>/<path, with - for />]
    #[arg(long, value_name = "NAME")]
    pub(super) pr_branch: Option<String>,
    /// Title of the pull request and subject of the commit [default: what the commit adds]
    #[arg(long, value_name = "TEXT")]
    pub(super) pr_title: Option<String>,
}
