//! Folders that somebody else may have filled: what is read of one lies in it, and what is written to one goes nowhere else.

mod error;
mod kind;
mod read;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
mod write;

pub(crate) use error::FolderError;
pub(crate) use read::{MAX_FILE, inside, read_file};
pub(crate) use write::Folder;
