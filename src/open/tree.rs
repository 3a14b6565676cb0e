//! What is known of a commit's tree so far. Whoever thinks about it reads what is there, and what was looked for in vain
//! because it is not known yet is noted, so that it can be filled in before thinking again.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::start::Start;
use crate::domain::object_id::CommitId;
use crate::git::{Entry, EntryKind as GitKind, Remote};
use crate::kustomize::{EntryKind, FileTree, ReadError};

/// A commit's folders and files, as far as they are known; with the files of the next commit laid over them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    start: Start,
    folders: BTreeMap<Folder, Vec<Entry>>,
    contents: BTreeMap<String, Vec<u8>>,
    /// Files of the commit that the next one lacks.
    gone: BTreeSet<String>,
    absent: RefCell<Absent>,
}

/// A folder's entries, or with `deep` all files below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Folder {
    /// The path; empty for the root.
    pub path: String,
    /// Whether all files below it are meant, not its entries alone.
    pub deep: bool,
}

/// What was looked for and is not known yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Absent {
    /// Folders whose entries are not known.
    pub folders: BTreeSet<Folder>,
    /// Files whose content is not known.
    pub files: BTreeSet<String>,
}

impl Absent {
    /// Whether everything was there.
    pub(crate) fn is_empty(&self) -> bool {
        self.folders.is_empty() && self.files.is_empty()
    }
}

impl Tree {
    /// The tree of a commit, of which nothing is known yet; without a commit, an empty tree.
    pub(crate) fn of(start: Start) -> Self {
        Self { start, ..Self::default() }
    }

    /// Where the next commit stands.
    pub(crate) const fn start(&self) -> &Start {
        &self.start
    }

    /// The commit that it belongs to; none for the empty tree of an empty repository.
    pub(crate) const fn commit(&self) -> Option<CommitId> {
        self.start.commit
    }

    /// What was looked for in vain since this was last asked.
    pub(crate) fn take_absent(&self) -> Absent {
        self.absent.take()
    }

    /// Makes a folder known; one that does not exist has no entries.
    pub(crate) fn put_folder(&mut self, folder: Folder, entries: Vec<Entry>) {
        self.folders.insert(folder, entries);
    }

    /// Makes a file's content known, or lays another one over it.
    pub(crate) fn put_file(&mut self, path: String, content: Option<Vec<u8>>) {
        self.contents.extend(content.map(|content| (path, content)));
    }

    /// Takes a file away.
    pub(crate) fn remove_file(&mut self, path: &str) {
        self.contents.remove(path);
        self.gone.insert(path.to_owned());
    }

    /// Asks for files' contents, those among them that are not known.
    pub(crate) fn want(&self, paths: impl IntoIterator<Item = String>) {
        let unknown = paths.into_iter().filter(|path| !self.contents.contains_key(path));
        self.absent.borrow_mut().files.extend(unknown);
    }

    /// Whether there is a file at the path.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let in_commit = || !self.gone.contains(path) && self.entry(path).is_some_and(Entry::is_file);
        self.contents.contains_key(path) || in_commit()
    }

    /// The names of the folders in a folder of the commit, sorted.
    pub(crate) fn folders(&self, folder: &str) -> Vec<String> {
        let prefix = join(folder, "");
        let entries = self.entries(folder, false).iter().filter(|entry| entry.kind == GitKind::Folder);
        entries.map(|entry| entry.path.strip_prefix(&prefix).unwrap_or(&entry.path).to_owned()).collect()
    }

    /// The paths among those that are known which Flux's controllers cannot unpack: they refuse the whole archive for a
    /// backslash in a name, or a folder that ends with two dots (fluxcd/pkg/tar).
    pub(crate) fn not_unpacked(&self) -> Vec<String> {
        let entries = self.folders.values().flatten();
        let mut found: Vec<String> = entries
            .filter(|entry| {
                entry.path.contains('\\')
                    || entry.path.contains("../")
                    || (entry.kind == GitKind::Folder && entry.path.ends_with(".."))
            })
            .map(|entry| entry.path.clone())
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// What the commit has at a path.
    pub(crate) fn kind_at(&self, path: &str) -> Option<GitKind> {
        self.entry(path).map(|entry| entry.kind)
    }

    /// Whether the commit's file has exactly this content, by its object id.
    pub(crate) fn holds_exactly(&self, path: &str, content: &[u8]) -> bool {
        self.entry(path).is_some_and(|entry| entry.is_file() && entry.id == Remote::blob_id(content))
    }

    /// A file's content; asks for it where it is not known.
    pub(crate) fn content(&self, path: &str) -> Option<Vec<u8>> {
        let content = self.contents.get(path).cloned();
        if content.is_none() && self.holds(path) {
            self.want([path.to_owned()]);
        }
        content
    }

    /// The paths of all files below a folder, relative to it, sorted.
    pub(crate) fn files_below(&self, folder: &str) -> Vec<String> {
        let prefix = join(folder, "");
        let mut files: Vec<String> = self
            .entries(folder, true)
            .iter()
            .filter(|entry| entry.is_file())
            .filter_map(|entry| entry.path.strip_prefix(&prefix).map(str::to_owned))
            .collect();
        files.sort();
        files
    }

    fn entry(&self, path: &str) -> Option<&Entry> {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.entries(parent, false).iter().find(|entry| entry.path == path)
    }

    fn entries(&self, folder: &str, deep: bool) -> &[Entry] {
        if self.start.commit.is_none() {
            return &[];
        }
        if let Some(entries) = self.folders.get(&Folder { path: folder.to_owned(), deep }) {
            return entries;
        }
        // Those above will be asked for too; asked for together they take one round.
        let above = folder.match_indices('/').map(|(end, _)| &folder[..end]).chain([""]);
        let unknown = above.map(|path| Folder { path: path.to_owned(), deep: false });
        let unknown = unknown.filter(|folder| !self.folders.contains_key(folder));
        let mut absent = self.absent.borrow_mut();
        absent.folders.extend(unknown.chain([Folder { path: folder.to_owned(), deep }]));
        &[]
    }
}

impl FileTree for Tree {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.contents.get(path) {
            Some(content) => Ok(content.clone()),
            None if self.holds(path) => Err(ReadError::NotFetched),
            None => Err(ReadError::NotFound),
        }
    }

    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>> {
        let in_commit = self.start.commit.is_some()
            && (directory.is_empty() || self.entry(directory).is_some_and(|entry| entry.kind == GitKind::Folder));
        let prefix = join(directory, "");
        let mut entries: BTreeMap<String, EntryKind> = BTreeMap::new();
        for entry in self.entries(directory, false).iter().filter(|entry| !self.gone.contains(&entry.path)) {
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
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object_id::{ObjectId, ObjectKind};

    fn commit() -> Option<CommitId> {
        Some(CommitId(ObjectId::of(ObjectKind::Commit, b"")))
    }

    #[test]
    fn what_is_not_known_is_noted_with_all_that_is_above_it() {
        let mut tree = Tree::of(Start::at(commit()));
        assert!(!tree.holds("a/b/c.yaml"));
        let folder = |path: &str| Folder { path: path.to_owned(), deep: false };
        let absent = tree.take_absent();
        assert_eq!(absent.folders, ["", "a", "a/b"].map(folder).into());
        assert!(tree.take_absent().is_empty());
        let file = Entry { path: "a/b/c.yaml".into(), id: Remote::blob_id(b"x"), kind: GitKind::File };
        for path in ["", "a"] {
            tree.put_folder(folder(path), Vec::new());
        }
        tree.put_folder(folder("a/b"), vec![file]);
        assert!(tree.holds("a/b/c.yaml") && tree.take_absent().is_empty());
        assert!(tree.holds_exactly("a/b/c.yaml", b"x") && !tree.holds_exactly("a/b/c.yaml", b"y"));
        assert_eq!(tree.content("a/b/c.yaml"), None);
        assert_eq!(tree.take_absent().files, ["a/b/c.yaml".to_owned()].into());
        tree.put_file("a/b/c.yaml".into(), Some(b"x".to_vec()));
        assert_eq!(tree.content("a/b/c.yaml").as_deref(), Some(b"x".as_slice()));
        assert!(tree.take_absent().is_empty());
    }

    #[test]
    fn an_empty_repository_is_known_as_a_whole() {
        let tree = Tree::of(Start::default());
        assert!(!tree.holds("a") && tree.files_below("a").is_empty() && tree.kind_at("a").is_none());
        assert!(tree.take_absent().is_empty());
    }
}
