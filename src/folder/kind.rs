//! What a path is, as far as reading and writing must know.

use std::fmt;
use std::fs::FileType;

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Folder,
    /// A symbolic link, or what Windows has of the kind.
    Link,
    /// A FIFO, a socket, a device.
    Special,
}

impl From<FileType> for Kind {
    fn from(kind: FileType) -> Self {
        match () {
            () if kind.is_symlink() => Self::Link,
            () if kind.is_file() => Self::File,
            () if kind.is_dir() => Self::Folder,
            () => Self::Special,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Special => "neither a file nor a folder",
        })
    }
}
