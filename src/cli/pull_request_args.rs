//! Proposing the change in a pull request.

use clap::ArgAction::{Append, Set};
use clap::Args;

/// What every command takes that proposes a commit.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pull requests")]
pub(super) struct ProposalArgs {
    /// Branch that proposes the commit [default: flux-bootstrap/NAMESPACE/PATH, with - for /; with -uninstall where it removes Flux]
    #[arg(long, value_name = "NAME")]
    pub(super) pr_branch: Option<String>,
    /// Title of the pull request and subject of the commit [default: what the commit does]
    #[arg(long, value_name = "TEXT")]
    pub(super) pr_title: Option<String>,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pull requests")]
pub(super) struct PullRequestArgs {
    /// Propose the commit on a branch of its own, and apply it only after it is merged
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) pull_request: bool,
    #[command(flatten)]
    pub(super) proposal: ProposalArgs,
    /// How long to wait for the merge; it does not count towards --timeout
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub(super) pr_wait: String,
    /// Reviewer, at Azure DevOps: an e-mail address, a group or a GUID (repetition)
    #[arg(long, action = Append, value_name = "WHO")]
    pub(super) pr_reviewer: Vec<String>,
    /// Reviewer without whose approval the pull request cannot be completed (repetition)
    #[arg(long, action = Append, value_name = "WHO")]
    pub(super) pr_required_reviewer: Vec<String>,
    /// Work item to link, by its number (commas or repetition)
    #[arg(long, action = Append, value_name = "NUMBER")]
    pub(super) pr_work_item: Vec<String>,
    /// Label of the pull request (repetition)
    #[arg(long, action = Append, value_name = "TEXT")]
    pub(super) pr_label: Vec<String>,
    /// Open the pull request as a draft
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) pr_draft: bool,
    /// Let Azure DevOps complete the pull request as soon as its policies allow it
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) pr_auto_complete: bool,
    /// How it is merged then [default: what the branch's policies leave, or what Azure DevOps does by itself]
    #[arg(long, value_name = "STRATEGY", value_parser = ["squash", "noFastForward", "rebase", "rebaseMerge"])]
    pub(super) pr_merge_strategy: Option<String>,
    /// Keep the branch that proposes the commit when the pull request completes by itself
    #[arg(long, action = Set, value_name = "BOOL", default_value = "false")]
    pub(super) pr_keep_source_branch: bool,
}
