//! Where the next commit stands: on the branch's tip, or on what has to be made for it first.

use super::branch::{Repository, missing_branch};
use crate::domain::config::SourceConfig;
use crate::domain::error::Error;
use crate::domain::event::SharedReporter;
use crate::domain::object_id::CommitId;
use crate::git::{GitError, Tip};

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

impl Repository {
    /// Finds where the next commit of the branch stands.
    ///
    /// # Errors
    /// The server's refusal, or a branch that does not exist in a repository that is not empty, unless it is to be made.
    pub(crate) async fn start(&self, source: &SourceConfig, reporter: &SharedReporter<'_>) -> Result<Start, Error> {
        let (branch, create) = (source.branch.clone(), source.create_branch);
        let action = format!("reading branch `{branch}`");
        let found = self.run_telling(action, reporter, move |remote| {
            let tip = remote.fetch(&branch)?;
            match &tip {
                Tip::MissingBranch { default: Some(from), .. } if create => {
                    let from = from.clone();
                    Ok::<_, GitError>((remote.fetch(&from)?, Some(from)))
                }
                _ => Ok((tip, None)),
            }
        });
        match found.await? {
            (Tip::Commit(id), None) => Ok(Start::at(Some(id))),
            (Tip::Commit(id), Some(from)) => Ok(Start { commit: Some(id), missing: Missing::Branch { from } }),
            (Tip::EmptyRepository, _) => Ok(Start::at(None)),
            (Tip::MissingBranch { branches, .. }, _) => Err(missing_branch(&source.branch, &branches, create)),
        }
    }
}
