//! Why something in a folder is neither read nor written.

use std::io;
use std::path::{Path, PathBuf};

use super::kind::Kind;

/// Why something in a folder is neither read nor written; each names the path.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The system's refusal.
    #[error("`{}`: {error}", path.display())]
    Io {
        /// What was to be read or written.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// Something else lies where a file or folder belongs.
    #[error("`{}` is {found}", path.display())]
    Obstacle {
        /// The path that is taken.
        path: PathBuf,
        /// What lies there instead.
        found: Kind,
    },
    /// A link to something outside.
    #[error("`{}` is a symbolic link that leads out of `{}`", path.display(), root.display())]
    LeadsOut {
        /// The link, or a path over it.
        path: PathBuf,
        /// The folder to stay in.
        root: PathBuf,
    },
    /// More bytes than such a file has.
    #[error("`{}` is larger than {} MiB", path.display(), limit >> 20)]
    TooLarge {
        /// The file that was to be read.
        path: PathBuf,
        /// How many bytes it may have.
        limit: u64,
    },
    /// Folders in folders in folders.
    #[error("`{}` is nested more than {limit} folders deep", path.display())]
    TooDeep {
        /// The folder that is not read any more.
        path: PathBuf,
        /// How many folders may lie in each other.
        limit: usize,
    },
}

impl FolderError {
    /// What makes an error of the system one that names this path.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { path: path.to_owned(), error }
    }
}
