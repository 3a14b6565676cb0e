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
    /// Only the files whose content changes.
    pub files: Vec<FileChange>,
    /// Files that are taken away, from the root of the repository. Not empty where `files` is.
    pub removed: Vec<String>,
    /// What it records of the options, where that changes.
    pub options: Option<RecordedOptions>,
    /// The tip that it is made for, and that the server must still be at; none in an empty repository.
    pub tip: Option<CommitId>,
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
    /// Its content now; none for a new file.
    pub before: Option<Vec<u8>>,
    /// Its content after the commit; none for a file that goes.
    pub after: Option<Vec<u8>>,
}
