//! The commit of a run and its push.

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
    /// Only the files whose content changes.
    pub files: Vec<FileChange>,
    /// Files that are taken away, from the root of the repository. Not empty where `files` is.
    pub removed: Vec<String>,
    /// The tip that it is made for, and that the server must still be at; none in an empty repository.
    pub tip: Option<CommitId>,
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
    /// Its content now; none for a new file.
    pub before: Option<Vec<u8>>,
    /// Its content after the commit.
    pub after: Vec<u8>,
}
