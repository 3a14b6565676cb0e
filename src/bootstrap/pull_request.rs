//! What the service told of a pull request before it is opened.

use crate::azure_api::identities::Somebody;
use crate::azure_api::policies::Policy;
use crate::azure_api::pull_requests::{PullRequest, Status};
use crate::domain::config::ReviewerName;

/// What the service told of pull requests between two branches, and of what opening one takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct PullRequestState {
    /// The newest between the branches that is open, or else the newest of all.
    pub latest: Option<PullRequest>,
    /// Everybody who may be meant by the name of a reviewer; asked only where a pull request is to be made.
    pub reviewers: Vec<(ReviewerName, Vec<Somebody>)>,
    /// Whether this identity may make pull requests; none where the service does not tell.
    pub may_contribute: Option<bool>,
    /// Whether this identity may make branches; none where the service does not tell.
    pub may_create_branch: Option<bool>,
    /// The policies of the target branch; none where the service does not tell.
    pub policies: Option<Vec<Policy>>,
    /// The id of this identity, where it is needed.
    pub me: Option<String>,
}

impl PullRequestState {
    /// The pull request that is open.
    pub(crate) fn active(&self) -> Option<&PullRequest> {
        self.latest.as_ref().filter(|found| found.status == Status::Active)
    }
}
