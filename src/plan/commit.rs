//! The commit of a run and its push.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::event::Manifests;
use crate::domain::object_id::CommitId;

/// One commit on top of a branch's tip, and its push.
#[derive(Clone, Debug)]
pub(crate) struct CommitAndPush {
    /// The branch that takes it, without `refs/heads/`; made by the push where the repository is empty.
    pub branch: String,
    /// The repository's address for people, without secrets.
    pub url: String,
    /// Subject and body, with the text of `--commit-message-appendix`.
    pub message: String,
    /// Who is named as its author and committer.
    pub author: Author,
    /// Which manifests it changes, for the narration.
    pub manifests: Manifests,
    /// The branch, without `refs/heads/`, at whose tip a branch of this push starts that the cluster is to follow.
    pub starts_at: Option<String>,
    /// Only the files whose content changes, and those that go.
    pub files: Vec<FileChange>,
    /// What it records of the options, where that changes.
    pub options: Option<RecordedOptions>,
    /// The commit whose tree it changes; none in an empty repository.
    pub base: Option<CommitId>,
    /// The tip that the branch must still be at at the server; none where the push makes the branch.
    pub tip: Option<CommitId>,
}

impl CommitAndPush {
    /// The parents of the commit: the branch's own tip, then what its tree is from, where that is another commit.
    pub(crate) fn parents(&self) -> Vec<CommitId> {
        self.tip.into_iter().chain(self.base.filter(|base| Some(*base) != self.tip)).collect()
    }
}

/// What a commit records of the cluster's options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordedOptions {
    /// All that are set, as in the record.
    pub options: BTreeMap<String, Value>,
    /// Those that were not set before or had another value.
    pub added: Vec<String>,
    /// Those that are no longer set.
    pub removed: Vec<String>,
}

/// Who is named as author and committer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Author {
    /// `--author-name`.
    pub name: String,
    /// `--author-email`, without angle brackets; may be empty.
    pub email: String,
}

/// A file of the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileChange {
    /// From the root of the repository, without a leading `/`.
    pub path: String,
    /// Its content now; none for a new file, and for one that goes without having been read.
    pub before: Option<Vec<u8>>,
    /// Its content after the commit; none for a file that goes.
    pub after: Option<Vec<u8>>,
}

impl FileChange {
    /// A file that goes; nobody needs to have read it for that.
    pub(crate) const fn gone(path: String) -> Self {
        Self { path, before: None, after: None }
    }
}
