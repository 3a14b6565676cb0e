//! The commit of a run and its push.

use crate::domain::event::Manifests;
use crate::domain::object_id::CommitId;

/// One commit on top of a branch's tip, and its push.
#[derive(Clone, Debug)]
pub struct CommitAndPush {
    /// The branch that takes it.
    pub branch: String,
    /// The repository's address for people, without secrets.
    pub url: String,
    /// The whole message.
    pub message: String,
    /// Who is named as its author and committer.
    pub author: Author,
    /// What it is about.
    pub manifests: Manifests,
    /// The files it changes.
    pub files: Vec<FileChange>,
    /// The tip that it is made for, and that the server must still be at; none in an empty repository.
    pub tip: Option<CommitId>,
}

/// Who is named as author and committer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The full name.
    pub name: String,
    /// The address, without angle brackets.
    pub email: String,
}

/// A file of the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its path in the repository.
    pub path: String,
    /// Its content now; none for a new file.
    pub before: Option<Vec<u8>>,
    /// Its content then.
    pub after: Vec<u8>,
}
