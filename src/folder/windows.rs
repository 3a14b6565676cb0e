//! A folder held open so that nobody can rename or remove it, nor any folder above it: its path stays what it is.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::kind::Kind;

/// `FILE_SHARE_READ | FILE_SHARE_WRITE`, without `FILE_SHARE_DELETE` (CreateFileW).
const SHARED: u32 = 0x1 | 0x2;
/// `FILE_FLAG_BACKUP_SEMANTICS`, which opening a folder takes.
const FOLDER: u32 = 0x0200_0000;
/// `FILE_FLAG_OPEN_REPARSE_POINT`: a link itself is opened, not what it leads to.
const NO_FOLLOW: u32 = 0x0020_0000;
/// `FILE_ATTRIBUTE_REPARSE_POINT`: symbolic links, junctions, and what else leads elsewhere.
const REPARSE_POINT: u32 = 0x400;

/// An open folder. No method follows a link, and each takes one name, without separators.
pub(super) struct Handle {
    path: PathBuf,
    /// Held, not used: this folder and those above it.
    held: Vec<Arc<File>>,
}

impl Handle {
    /// Opens a folder by its path, whose links are followed.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = std::fs::canonicalize(path)?;
        let file = hold(&path)?;
        Ok(Self { path, held: vec![Arc::new(file)] })
    }

    pub(super) fn below(&self, name: &str) -> io::Result<Self> {
        let path = self.path.join(name);
        let file = hold(&path)?;
        let held = self.held.iter().cloned().chain([Arc::new(file)]).collect();
        Ok(Self { path, held })
    }

    pub(super) fn kind(&self, name: &str) -> io::Result<Kind> {
        Ok(kind(&std::fs::symlink_metadata(self.path.join(name))?))
    }

    pub(super) fn names(&self) -> io::Result<Vec<OsString>> {
        debug_assert!(!self.held.is_empty());
        std::fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    pub(super) fn make_folder(&self, name: &str) -> io::Result<()> {
        std::fs::create_dir(self.path.join(name))
    }

    pub(super) fn file(&self, name: &str) -> io::Result<File> {
        let file = OpenOptions::new().read(true).custom_flags(NO_FOLLOW).open(self.path.join(name))?;
        refuse_link(&file)?;
        Ok(file)
    }

    pub(super) fn new_file(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).custom_flags(NO_FOLLOW).open(self.path.join(name))
    }

    /// Gives the file the second name, in place of what has it.
    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    pub(super) fn remove_folder(&self, name: &str) -> io::Result<()> {
        std::fs::remove_dir(self.path.join(name))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }
}

fn hold(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).share_mode(SHARED).custom_flags(FOLDER | NO_FOLLOW).open(path)?;
    refuse_link(&file)?;
    if !file.metadata()?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    Ok(file)
}

fn refuse_link(file: &File) -> io::Result<()> {
    match kind(&file.metadata()?) {
        Kind::Link => Err(io::Error::other("it is a symbolic link")),
        _ => Ok(()),
    }
}

fn kind(metadata: &std::fs::Metadata) -> Kind {
    match metadata.file_attributes() & REPARSE_POINT {
        0 => metadata.file_type().into(),
        _ => Kind::Link,
    }
}
