//! Where the next commit stands: on the branch's tip, or on what has to be made for it first.

use crate::domain::object_id::CommitId;

/// Where the next commit stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Start {
    /// The commit on which it is made; none where it is the first of a repository.
    pub commit: Option<CommitId>,
    /// What its push, or a step before that, has to make.
    pub missing: Missing,
}

/// What is not there yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing: the branch is there, or the repository is empty.
    #[default]
    Nothing,
    /// The branch, which starts at the tip of another one.
    Branch {
        /// The other one, without `refs/heads/`.
        from: String,
    },
    /// The whole repository.
    Repository {
        /// The id of the project that it shall be in.
        project: Option<String>,
    },
}

impl Start {
    /// The branch itself; none in an empty repository.
    pub(crate) const fn at(commit: Option<CommitId>) -> Self {
        Self { commit, missing: Missing::Nothing }
    }

    /// Where the branch is at the server; none where it is not there.
    pub(crate) fn tip(&self) -> Option<CommitId> {
        self.commit.filter(|_| self.missing == Missing::Nothing)
    }
}
