//! The files of a commit overlaid with those that the next commit changes, as the overlay engine reads them.

use std::collections::BTreeMap;

use crate::domain::error::Error;
use crate::domain::object_id::CommitId;
use crate::git::{Entry, EntryKind as GitKind, Remote};
use crate::kustomize::{EntryKind, FileTree, ReadError};

/// A commit's tree. Contents are fetched on demand, several at once.
pub struct CommitTree<'a> {
    remote: &'a mut Remote,
    commit: Option<CommitId>,
    contents: BTreeMap<String, Vec<u8>>,
}

impl<'a> CommitTree<'a> {
    /// The tree of a commit; without one, an empty tree.
    pub const fn new(remote: &'a mut Remote, commit: Option<CommitId>) -> Self {
        Self { remote, commit, contents: BTreeMap::new() }
    }

    /// Puts a file over what the commit holds.
    pub fn overlay(&mut self, path: String, content: Vec<u8>) {
        self.contents.insert(path, content);
    }

    /// Whether there is a file at the path.
    pub fn holds(&self, path: &str) -> bool {
        self.contents.contains_key(path) || self.entry(path).is_some_and(|entry| entry.is_file())
    }

    /// The names of the folders in a folder of the commit, sorted.
    pub fn folders(&self, folder: &str) -> Vec<String> {
        let prefix = join(folder, "");
        let entries = self.entries(folder, false).into_iter().filter(|entry| entry.kind == GitKind::Folder);
        entries.map(|entry| entry.path.strip_prefix(&prefix).unwrap_or(&entry.path).to_owned()).collect()
    }

    /// What the commit has at a path.
    pub fn kind(&self, path: &str) -> Option<GitKind> {
        self.entry(path).map(|entry| entry.kind)
    }

    /// Whether the commit's file has exactly this content, judged by its object id.
    pub fn holds_exactly(&self, path: &str, content: &[u8]) -> bool {
        self.entry(path).is_some_and(|entry| entry.is_file() && entry.id == Remote::blob_id(content))
    }

    /// A file's content, if it was fetched or overlaid.
    pub fn content(&self, path: &str) -> Option<Vec<u8>> {
        self.contents.get(path).cloned()
    }

    /// The paths of all files below a folder, relative to it, sorted.
    pub fn files_below(&self, folder: &str) -> Vec<String> {
        let entries = self.entries(folder, true);
        let prefix = join(folder, "");
        let mut files: Vec<String> = entries
            .iter()
            .filter(|entry| entry.is_file())
            .filter_map(|entry| entry.path.strip_prefix(&prefix).map(str::to_owned))
            .collect();
        files.sort();
        files
    }

    /// Fetches contents of the commit's files that are not here yet, in one request.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn fetch(&mut self, mut paths: Vec<String>) -> Result<(), Error> {
        paths.retain(|path| !self.contents.contains_key(path));
        let Some(commit) = self.commit.filter(|_| !paths.is_empty()) else { return Ok(()) };
        let wanted: Vec<&str> = paths.iter().map(String::as_str).collect();
        let contents = self.remote.read(commit, &wanted)?;
        self.contents.extend(paths.into_iter().zip(contents).filter_map(|(path, content)| Some((path, content?))));
        Ok(())
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        // The commit was fetched with all its folders, so a failure could only mean a broken store, which the commit
        // itself would run into and report.
        self.remote.entry(self.commit?, path).ok().flatten()
    }

    fn entries(&self, folder: &str, deep: bool) -> Vec<Entry> {
        self.commit.and_then(|commit| self.remote.list(commit, folder, deep).ok()).unwrap_or_default()
    }
}

impl FileTree for CommitTree<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.contents.get(path) {
            Some(content) => Ok(content.clone()),
            None if self.entry(path).is_some_and(|entry| entry.is_file()) => Err(ReadError::NotFetched),
            None => Err(ReadError::NotFound),
        }
    }

    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>> {
        let in_commit = self.commit.is_some()
            && (directory.is_empty() || self.entry(directory).is_some_and(|entry| entry.kind == GitKind::Folder));
        let prefix = join(directory, "");
        let mut entries: BTreeMap<String, EntryKind> = BTreeMap::new();
        for entry in self.entries(directory, false) {
            let name = entry.path.strip_prefix(&prefix).unwrap_or(&entry.path).to_owned();
            entries.insert(name, kind(entry.kind));
        }
        for path in self.contents.keys() {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            match rest.split_once('/') {
                Some((folder, _)) => entries.insert(folder.to_owned(), EntryKind::Directory),
                None => entries.insert(rest.to_owned(), EntryKind::File),
            };
        }
        (in_commit || !entries.is_empty() || directory.is_empty()).then(|| entries.into_iter().collect())
    }
}

const fn kind(kind: GitKind) -> EntryKind {
    match kind {
        GitKind::File | GitKind::Executable => EntryKind::File,
        GitKind::Folder => EntryKind::Directory,
        GitKind::Symlink | GitKind::Submodule => EntryKind::Other,
    }
}

/// `name` below `folder`, where the root is the empty path.
pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
