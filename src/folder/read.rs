//! Reading files of a folder: regular ones, within a size, and not over links that lead out.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::error::FolderError;
use super::kind::Kind;

/// How many bytes a file of manifests may have.
pub(crate) const MAX_FILE: u64 = 8 << 20;

/// Reads a regular file of at most `limit` bytes; links are followed. What is no regular file is not even opened, since
/// that alone may wait (a FIFO) or act (a device).
///
/// # Errors
/// There is none, it is something else, or it is larger.
pub(crate) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, FolderError> {
    let at = || FolderError::at(path);
    regular(path, &std::fs::metadata(path).map_err(at())?)?;
    let file = open(path).map_err(at())?;
    // It may have become another since.
    regular(path, &file.metadata().map_err(at())?)?;
    read_open(file, path, limit)
}

/// Where a path leads, with all links followed, if that lies in the folder `root`, which is without links.
///
/// # Errors
/// There is nothing, or a link leads out.
pub(crate) fn inside(root: &Path, path: &Path) -> Result<PathBuf, FolderError> {
    let real = std::fs::canonicalize(path).map_err(FolderError::at(path))?;
    if real.starts_with(root) {
        return Ok(real);
    }
    Err(FolderError::LeadsOut { path: path.to_owned(), root: root.to_owned() })
}

/// Reads an open file of at most `limit` bytes.
pub(super) fn read_open(file: impl std::io::Read, path: &Path, limit: u64) -> Result<Vec<u8>, FolderError> {
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content).map_err(FolderError::at(path))?;
    if content.len() as u64 > limit {
        return Err(FolderError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(content)
}

fn regular(path: &Path, metadata: &std::fs::Metadata) -> Result<(), FolderError> {
    match Kind::from(metadata.file_type()) {
        Kind::File => Ok(()),
        found => Err(FolderError::Obstacle { path: path.to_owned(), found }),
    }
}

/// Opens a file without waiting for whoever writes a FIFO.
fn open(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    options.read(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_no_further() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a");
        fs_err::write(&path, "12345").unwrap();
        assert_eq!(read_file(&path, 5).unwrap(), b"12345");
        assert!(matches!(read_file(&path, 4), Err(FolderError::TooLarge { .. })));
        // More than any memory holds; it takes no room on the disk.
        fs_err::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(matches!(read_file(&path, MAX_FILE), Err(FolderError::TooLarge { .. })));
        assert!(matches!(read_file(place.path(), 5), Err(FolderError::Obstacle { found: Kind::Folder, .. })));
        let missing = read_file(&place.path().join("none"), 5).unwrap_err().to_string();
        assert!(missing.contains("none`: "), "{missing}");
    }

    #[cfg(unix)]
    #[test]
    fn what_waits_for_others_is_not_opened() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(matches!(read_file(&path, 5), Err(FolderError::Obstacle { found: Kind::Special, .. })));
        // A device, which has no end.
        assert!(matches!(read_file(Path::new("/dev/zero"), 5), Err(FolderError::Obstacle { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_as_far_as_the_folder_reaches() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap().join("root");
        fs_err::create_dir_all(root.join("below")).unwrap();
        fs_err::write(root.join("below/a"), "").unwrap();
        for (link, target, stays) in [("in", "below/a", true), ("up", "below/..", true), ("out", "..", false)] {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
            let found = inside(&root, &root.join(link));
            assert_eq!(found.is_ok(), stays, "{link}");
            assert!(stays || matches!(found, Err(FolderError::LeadsOut { .. })));
        }
        // A neighbour whose name begins alike.
        fs_err::write(place.path().join("root2"), "").unwrap();
        std::os::unix::fs::symlink("../root2", root.join("alike")).unwrap();
        assert!(matches!(inside(&root, &root.join("alike")), Err(FolderError::LeadsOut { .. })));
    }
}
