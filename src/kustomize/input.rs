//! What a build is given.

use std::time::Instant;

use super::edit::Watched;

/// What a path of a [`FileTree`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// Anything else: a symbolic link that is not followed, a submodule, a device.
    Other,
}

/// Why a file of a [`FileTree`] has no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no file at this path.
    #[error("there is no such file")]
    NotFound,
    /// The file exists, but its content has not been fetched yet.
    #[error("its content has not been fetched")]
    NotFetched,
    /// The file has more bytes than the tree reads.
    #[error("it is too large")]
    TooLarge,
}

/// The files an overlay may use. Paths are relative to the root of the repository, with `/`, without `.` and `..`;
/// the root itself is the empty path.
pub trait FileTree {
    /// The content of a file.
    ///
    /// # Errors
    /// [`ReadError::NotFetched`] if the file is known and the content is not; the overlay is then incomplete.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The names and kinds of a folder's entries, in any order; `None` if there is no such folder.
    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>>;

    /// What the path is; `None` if there is nothing.
    fn kind(&self, path: &str) -> Option<EntryKind> {
        if path.is_empty() {
            return self.list("").map(|_| EntryKind::Directory);
        }
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.list(directory)?.into_iter().find(|(entry, _)| entry == name).map(|(_, kind)| kind)
    }

    /// Where a path leads when symbolic links are followed; `None` if there is nothing. A tree that follows none, as a
    /// commit's, leaves this as it is.
    fn resolved(&self, path: &str) -> Option<String> {
        Some(path.to_owned())
    }
}

/// How to build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Let each kustomization read files of its own folder alone, as kustomize does unless it is told
    /// `--load-restrictor LoadRestrictionsNone`, which kustomize-controller tells it. Other folders may be named as bases.
    pub confined: bool,
    /// Of which kinds and fields it is noted who changes them.
    pub watched: &'static [Watched],
    /// When to give up: an overlay within all limits can still take hours. None lets it take its time.
    pub until: Option<Instant>,
}
