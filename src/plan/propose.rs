//! A branch that proposes the change, and the pull request that brings it into the branch that the cluster follows.

use std::time::Duration;

use super::commit::{CommitAndPush, FileChange};
use crate::domain::git_url::GitUrl;
use crate::domain::object_id::CommitId;

/// A branch with the change, which a pull request brings into the branch that the cluster follows. All steps after it wait
/// for that.
#[derive(Clone, Debug)]
pub(crate) struct Propose {
    /// The source branch, without `refs/heads/`.
    pub source: String,
    /// The branch that the cluster follows.
    pub target: String,
    /// The commit for the source branch; none where that holds the change already.
    pub commit: Option<CommitAndPush>,
    /// The files as they shall be in the target branch.
    pub files: Vec<FileChange>,
    /// The target's tip for which this is proposed.
    pub target_tip: CommitId,
    /// What the pull request is called.
    pub title: String,
    /// The repository's address.
    pub url: GitUrl,
    /// `--pr-wait`
    pub wait: Duration,
    /// How this run is repeated, for people.
    pub run_again: String,
    /// The pull request to open or to follow; none where a person opens it.
    pub request: Option<Request>,
}

/// A pull request that this program opens, unless there is one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// The number of the one that is open already.
    pub existing: Option<u64>,
    /// What it is for, in Markdown.
    pub description: String,
    /// The message of the merge, where the service completes it by itself.
    pub message: String,
    /// Whether it is not ready yet.
    pub draft: bool,
    /// Who is asked for a review.
    pub reviewers: Vec<Reviewer>,
    /// Work items, by number.
    pub work_items: Vec<u64>,
    /// Words to find it by.
    pub labels: Vec<String>,
    /// How it completes by itself; none where a person completes it.
    pub auto_complete: Option<AutoCompletion>,
    /// What the service did not tell, one sentence each.
    pub unknown: Vec<String>,
}

/// Somebody who is asked for a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reviewer {
    /// The service's id for them.
    pub id: String,
    /// For people.
    pub name: String,
    /// Whether it cannot be completed without this approval.
    pub required: bool,
}

/// How a pull request completes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AutoCompletion {
    /// In whose name: the service's id.
    pub by: String,
    /// Whether the source branch is deleted then.
    pub deletes_source: bool,
    /// As the service calls it; none leaves it to the service.
    pub strategy: Option<String>,
    /// Policies that are not blocking, by number, which would be waited for too.
    pub ignores: Vec<u64>,
}
