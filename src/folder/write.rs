//! Writing into a folder without following any link in it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::FolderError;
use super::kind::Kind;
use super::read::read_open;
#[cfg(unix)]
use super::unix::Handle;
#[cfg(windows)]
use super::windows::Handle;

/// How many folders may lie in each other.
const MAX_DEPTH: usize = 100;

/// An open folder. What is read of it and written to it lies in it itself: links are refused by name.
pub(crate) struct Folder {
    handle: Handle,
    path: PathBuf,
}

impl Folder {
    /// Opens a folder by a path whose own links are followed; none if nothing is there.
    ///
    /// # Errors
    /// It is no folder, or the system refuses it.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, FolderError> {
        match Handle::open(path) {
            Ok(handle) => Ok(Some(Self { handle, path: path.to_owned() })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FolderError::at(path)(error)),
        }
    }

    /// The same, made if nothing is there.
    ///
    /// # Errors
    /// Those of [`Folder::open`], and a folder that cannot be made.
    pub(crate) fn create(path: &Path) -> Result<Self, FolderError> {
        std::fs::create_dir_all(path).map_err(FolderError::at(path))?;
        let handle = Handle::open(path).map_err(FolderError::at(path))?;
        Ok(Self { handle, path: path.to_owned() })
    }

    /// The path of one of its entries, for people.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What has a name in this folder.
    ///
    /// # Errors
    /// The system's refusal.
    pub(crate) fn kind(&self, name: &str) -> Result<Option<Kind>, FolderError> {
        match self.handle.kind(name) {
            Ok(kind) => Ok(Some(kind)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FolderError::at(&self.path_of(name))(error)),
        }
    }

    /// The folder of this name; none if nothing has it.
    ///
    /// # Errors
    /// Something else has the name.
    pub(crate) fn below(&self, name: &str) -> Result<Option<Self>, FolderError> {
        if !self.is(name, Kind::Folder)? {
            return Ok(None);
        }
        let path = self.path_of(name);
        let handle = self.handle.below(name).map_err(FolderError::at(&path))?;
        Ok(Some(Self { handle, path }))
    }

    /// The folder of this name, made if nothing has it.
    ///
    /// # Errors
    /// Something else has the name, or it cannot be made.
    pub(crate) fn make_below(&self, name: &str) -> Result<Self, FolderError> {
        let path = self.path_of(name);
        if !self.is(name, Kind::Folder)? {
            self.handle.make_folder(name).map_err(FolderError::at(&path))?;
        }
        let handle = self.handle.below(name).map_err(FolderError::at(&path))?;
        Ok(Self { handle, path })
    }

    /// The content of a file; none if nothing has the name.
    ///
    /// # Errors
    /// Something else has the name, or the file has more than `limit` bytes.
    pub(crate) fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, FolderError> {
        if !self.is(name, Kind::File)? {
            return Ok(None);
        }
        let path = self.path_of(name);
        let file = self.handle.file(name).map_err(FolderError::at(&path))?;
        // It may have become another since.
        match Kind::from(file.metadata().map_err(FolderError::at(&path))?.file_type()) {
            Kind::File => read_open(file, &path, limit).map(Some),
            found => Err(FolderError::Obstacle { path, found }),
        }
    }

    /// Gives a file this content, at once or not at all. A file that is there keeps its permissions; other names that it has
    /// elsewhere keep the old content.
    ///
    /// # Errors
    /// Something else has the name, or it cannot be written.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<(), FolderError> {
        let path = self.path_of(name);
        let new = format!(".{name}.{:016x}", rand::random::<u64>());
        let put = || {
            let permissions = match self.is(name, Kind::File)? {
                true => Some(self.handle.file(name).and_then(|file| Ok(file.metadata()?.permissions()))),
                false => None,
            };
            let written = self.handle.new_file(&new).and_then(|mut file| {
                file.write_all(content)?;
                permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions?))
            });
            written.and_then(|()| self.handle.rename(&new, name)).map_err(FolderError::at(&path))
        };
        put().inspect_err(|_| drop(self.handle.remove(&new)))
    }

    /// Removes a file, if there is one.
    ///
    /// # Errors
    /// Something else has the name, or it cannot be removed.
    pub(crate) fn remove(&self, name: &str) -> Result<(), FolderError> {
        if self.is(name, Kind::File)? {
            self.handle.remove(name).map_err(FolderError::at(&self.path_of(name)))?;
        }
        Ok(())
    }

    /// Removes a folder, if nothing is in it.
    ///
    /// # Errors
    /// The system's refusal.
    pub(crate) fn remove_if_empty(&self, name: &str) -> Result<(), FolderError> {
        let is_empty = match self.below(name)? {
            Some(folder) => folder.handle.names().map_err(FolderError::at(&self.path_of(name)))?.is_empty(),
            None => false,
        };
        match is_empty {
            true => self.handle.remove_folder(name).map_err(FolderError::at(&self.path_of(name))),
            false => Ok(()),
        }
    }

    /// The paths of all files below this folder, with `/`. Links are passed over, as git does not follow them, and so is
    /// what is no file or has no name in Unicode.
    ///
    /// # Errors
    /// A folder that cannot be read, or folders that are nested too deep.
    pub(crate) fn files(&self) -> Result<Vec<String>, FolderError> {
        let mut found = Vec::new();
        self.collect("", 0, &mut found)?;
        Ok(found)
    }

    fn collect(&self, prefix: &str, depth: usize, found: &mut Vec<String>) -> Result<(), FolderError> {
        if depth > MAX_DEPTH {
            return Err(FolderError::TooDeep { path: self.path.clone(), limit: MAX_DEPTH });
        }
        for name in self.handle.names().map_err(FolderError::at(&self.path))? {
            let Ok(name) = name.into_string() else { continue };
            match self.kind(&name)? {
                Some(Kind::File) => found.push(format!("{prefix}{name}")),
                Some(Kind::Folder) if name != ".git" => {
                    if let Some(folder) = self.below(&name)? {
                        folder.collect(&format!("{prefix}{name}/"), depth + 1, found)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether something of this kind has the name; an error if something of another has it.
    fn is(&self, name: &str, wanted: Kind) -> Result<bool, FolderError> {
        match self.kind(name)? {
            None => Ok(false),
            Some(kind) if kind == wanted => Ok(true),
            Some(found) => Err(FolderError::Obstacle { path: self.path_of(name), found }),
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::create(&place.path().join("checkout")).unwrap();
        (place, folder)
    }

    #[test]
    fn a_folder_that_is_swapped_for_a_link_is_still_the_folder_that_was_opened() {
        let (place, top) = folder();
        let inner = top.make_below("a").unwrap();
        fs_err::create_dir(place.path().join("outside")).unwrap();
        fs_err::rename(place.path().join("checkout/a"), place.path().join("moved")).unwrap();
        symlink(place.path().join("outside"), place.path().join("checkout/a")).unwrap();
        inner.write("file", b"content").unwrap();
        assert!(!place.path().join("outside/file").exists());
        assert_eq!(fs_err::read(place.path().join("moved/file")).unwrap(), b"content");
        // And whoever comes by now meets the link.
        for found in [top.below("a").map(drop), top.make_below("a").map(drop), top.read("a", 9).map(drop)] {
            assert!(matches!(found, Err(FolderError::Obstacle { found: Kind::Link, .. })));
        }
    }

    #[test]
    fn a_link_that_comes_in_between_is_replaced_and_not_written_through() {
        let (place, top) = folder();
        let outside = place.path().join("outside");
        fs_err::write(&outside, "old").unwrap();
        // What `write` does once it has looked at the name.
        top.handle.new_file("new").unwrap().write_all(b"new").unwrap();
        symlink(&outside, place.path().join("checkout/file")).unwrap();
        top.handle.rename("new", "file").unwrap();
        assert_eq!(fs_err::read_to_string(outside).unwrap(), "old");
        assert_eq!(top.read("file", 9).unwrap().unwrap(), b"new");
        assert!(top.handle.file("none").is_err() && top.kind("none").unwrap().is_none());
    }

    #[test]
    fn nothing_is_left_of_what_could_not_be_written() {
        let (place, top) = folder();
        top.make_below("file").unwrap();
        assert!(matches!(top.write("file", b"x"), Err(FolderError::Obstacle { found: Kind::Folder, .. })));
        assert_eq!(fs_err::read_dir(place.path().join("checkout")).unwrap().count(), 1);
    }

    #[test]
    fn files_are_listed_without_links_and_to_a_depth() {
        let (place, top) = folder();
        let (a, git) = (top.make_below("a").unwrap(), top.make_below(".git").unwrap());
        for (folder, name) in [(&top, "z"), (&a, "b"), (&git, "config")] {
            folder.write(name, b"").unwrap();
        }
        symlink("z", place.path().join("checkout/link")).unwrap();
        symlink("..", place.path().join("checkout/a/up")).unwrap();
        let mut files = top.files().unwrap();
        files.sort();
        assert_eq!(files, ["a/b", "z"]);
        fs_err::create_dir_all(place.path().join("checkout").join("d/".repeat(MAX_DEPTH + 1))).unwrap();
        assert!(matches!(top.files(), Err(FolderError::TooDeep { .. })));
    }
}
