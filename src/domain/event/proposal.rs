//! What is told of a change that waits in a branch of its own for its merge.

use serde::Serialize;

use super::PolicyState;

/// A fact of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[expect(clippy::enum_variant_names, reason = "the names are those of the JSON events")]
pub(crate) enum ProposalEvent {
    /// A branch holds what shall be merged into the branch that the cluster follows.
    PullRequestProposed {
        /// The source branch, without `refs/heads/`.
        source: String,
        /// The branch that the cluster follows.
        target: String,
        /// Where a pull request is opened or followed, where that is known.
        url: Option<String>,
    },
    /// A pull request is open.
    PullRequestOpened {
        /// The number that people know it by.
        id: u64,
        /// Its page.
        url: String,
        /// Whether this run made it; another run or a person may have.
        created: bool,
    },
    /// What is known of a pull request while it is waited for, whenever that changes.
    PullRequestWaiting {
        /// As the service calls it, such as `active`; none where git alone tells.
        status: Option<String>,
        /// What the service says of the merge, such as `conflicts`.
        merge_status: Option<String>,
        /// What the branch's policies say.
        policies: Vec<PolicyState>,
    },
    /// A pull request was closed without a merge.
    PullRequestAbandoned {
        /// Who closed it, where the service tells.
        by: Option<String>,
    },
    /// The branch that the cluster follows holds what was proposed.
    PullRequestCompleted {
        /// Its tip, in hexadecimal.
        commit: String,
        /// Who completed it, where the service tells.
        by: Option<String>,
    },
}
