//! Folders of a commit: looking up paths, listing, and writing changed trees without a work tree.

pub(super) mod missing;

use std::collections::BTreeMap;

use super::error::GitError;
use super::objects::Objects;
use crate::domain::object_id::{ObjectId, ObjectKind};
use crate::domain::tree_name;

/// What a path of a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A file with the executable bit.
    Executable,
    /// A symbolic link.
    Symlink,
    /// Another tree.
    Folder,
    /// Another repository's commit.
    Submodule,
}

/// A path of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path from the repository's root, without a leading `/`. Bytes that are not UTF-8 are replaced.
    pub path: String,
    /// The content's name: a blob, a tree or a submodule's commit.
    pub id: ObjectId,
    /// Read from the mode in the tree.
    pub kind: EntryKind,
}

impl Entry {
    /// Whether it holds bytes of its own: a file, executable or not.
    pub const fn is_file(&self) -> bool {
        matches!(self.kind, EntryKind::File | EntryKind::Executable)
    }
}

/// One line of a tree object. The mode is kept as written, so that what we do not change stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    name: Vec<u8>,
    mode: Vec<u8>,
    id: ObjectId,
}

impl Line {
    fn kind(&self) -> EntryKind {
        match self.mode.as_slice() {
            b"40000" | b"040000" => EntryKind::Folder,
            b"120000" => EntryKind::Symlink,
            b"160000" => EntryKind::Submodule,
            b"100755" => EntryKind::Executable,
            _ => EntryKind::File,
        }
    }

    /// Git sorts folders as if their name ended with `/`.
    fn sort_key(&self) -> Vec<u8> {
        let mut key = self.name.clone();
        if self.kind() == EntryKind::Folder {
            key.push(b'/');
        }
        key
    }
}

/// Reads a tree; `None` for one that is malformed, or that holds a name which git never checks out (git's own `verify_path`):
/// a path, or `.git`.
fn parse(content: &[u8]) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let space = rest.iter().position(|byte| *byte == b' ')?;
        let zero = space + 1 + rest[space + 1..].iter().position(|byte| *byte == 0)?;
        let id: [u8; 20] = rest.get(zero + 1..zero + 21)?.try_into().ok()?;
        let name = &rest[space + 1..zero];
        if matches!(name, b"" | b"." | b"..") || name.contains(&b'/') || name.eq_ignore_ascii_case(b".git") {
            return None;
        }
        lines.push(Line { mode: rest[..space].to_vec(), name: name.to_vec(), id: ObjectId::from_bytes(id) });
        rest = &rest[zero + 21..];
    }
    Some(lines)
}

fn serialize(mut lines: Vec<Line>) -> Vec<u8> {
    lines.sort_by_cached_key(Line::sort_key);
    let mut content = Vec::new();
    for line in lines {
        content.extend_from_slice(&line.mode);
        content.push(b' ');
        content.extend_from_slice(&line.name);
        content.push(0);
        content.extend_from_slice(line.id.as_bytes());
    }
    content
}

fn lines(objects: &Objects, tree: ObjectId) -> Result<Vec<Line>, GitError> {
    let content = objects.read(tree, ObjectKind::Tree)?;
    parse(&content).ok_or_else(|| GitError::Objects(format!("tree `{tree}` is malformed")))
}

/// The tree of a commit.
pub(super) fn root(objects: &Objects, commit: ObjectId) -> Result<ObjectId, GitError> {
    let content = objects.read(commit, ObjectKind::Commit)?;
    let first = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    std::str::from_utf8(first)
        .ok()
        .and_then(|line| line.strip_prefix("tree ")?.parse().ok())
        .ok_or_else(|| GitError::Objects(format!("commit `{commit}` is malformed")))
}

/// A path's segments; empty ones are dropped, so `""` and `"/"` are the root.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty() && *segment != ".")
}

/// What is at a path; `None` when nothing is. The root is a folder with an empty path.
pub(super) fn entry(objects: &Objects, root: ObjectId, path: &str) -> Result<Option<Entry>, GitError> {
    let mut found = Entry { path: segments(path).collect::<Vec<_>>().join("/"), id: root, kind: EntryKind::Folder };
    for segment in segments(path) {
        if found.kind != EntryKind::Folder {
            return Ok(None);
        }
        let Some(line) = lines(objects, found.id)?.into_iter().find(|line| line.name == segment.as_bytes()) else {
            return Ok(None);
        };
        found.id = line.id;
        found.kind = line.kind();
    }
    Ok(Some(found))
}

/// What lies under a folder, in git's order: its direct entries, or all that are not folders. Nothing when
/// there is no such folder.
pub(super) fn list(objects: &Objects, root: ObjectId, folder: &str, deep: bool) -> Result<Vec<Entry>, GitError> {
    let mut entries = Vec::new();
    if let Some(start) = entry(objects, root, folder)?.filter(|entry| entry.kind == EntryKind::Folder) {
        collect(objects, start.id, &start.path, deep, &mut entries)?;
    }
    Ok(entries)
}

/// How many paths a list may hold, and how many bytes of them. Trees may refer to each other so that a few kilobytes hold
/// more paths than any machine has room for.
const MOST_PATHS: usize = 200_000;
const MOST_BYTES: usize = 32 << 20;

/// Collects what lies below a tree, folder by folder in git's order.
fn collect(
    objects: &Objects,
    tree: ObjectId,
    folder: &str,
    deep: bool,
    entries: &mut Vec<Entry>,
) -> Result<(), GitError> {
    let (mut looked_at, mut bytes) = (0, 0);
    let mut waiting = vec![Entry { path: folder.to_owned(), id: tree, kind: EntryKind::Folder }];
    while let Some(next) = waiting.pop() {
        if !(next.kind == EntryKind::Folder && (deep || looked_at == 0)) {
            entries.push(next);
            continue;
        }
        let lines = lines(objects, next.id)?;
        looked_at += lines.len().max(1);
        for line in lines.into_iter().rev() {
            let name = String::from_utf8_lossy(&line.name);
            let path = if next.path.is_empty() { name.into_owned() } else { format!("{}/{name}", next.path) };
            bytes += path.len();
            if looked_at > MOST_PATHS || bytes > MOST_BYTES {
                let shown = if folder.is_empty() { "the root".to_owned() } else { format!("`{folder}`") };
                return Err(GitError::Objects(format!("{shown} of the repository holds more than {MOST_PATHS} paths")));
            }
            waiting.push(Entry { path, id: line.id, kind: line.kind() });
        }
    }
    Ok(())
}

/// Changes grouped by folder: what becomes of each name.
#[derive(Default)]
struct Folder<'a> {
    files: BTreeMap<&'a str, Option<&'a [u8]>>,
    folders: BTreeMap<&'a str, Self>,
}

/// Writes the trees that result from the changes: a content replaces or adds a file and keeps its mode, `None`
/// removes it. Folders left empty vanish. Returns the new root and the ids of all objects written.
pub(super) fn update(
    objects: &mut Objects,
    root: Option<ObjectId>,
    changes: &[(String, Option<Vec<u8>>)],
) -> Result<(ObjectId, Vec<ObjectId>), GitError> {
    let mut top = Folder::default();
    for (path, content) in changes {
        let refused = |reason: &str| GitError::Path { path: path.clone(), reason: reason.to_owned() };
        let mut names: Vec<&str> = segments(path).collect();
        if let Some(fault) = names.iter().find_map(|name| tree_name::fault(name)) {
            return Err(refused(&fault.to_string()));
        }
        let file = names.pop().ok_or_else(|| refused("it names no file"))?;
        let mut folder = &mut top;
        for name in names {
            folder = folder.folders.entry(name).or_default();
        }
        folder.files.insert(file, content.as_deref());
    }
    let mut written = Vec::new();
    let root = write(objects, root, &top, "", &mut written)?;
    let root = root.unwrap_or_else(|| {
        let empty = objects.add(ObjectKind::Tree, Vec::new());
        written.push(empty);
        empty
    });
    // Trees before blobs, as packs list them.
    written.reverse();
    Ok((root, written))
}

/// Writes one folder; `None` when nothing is left in it.
fn write(
    objects: &mut Objects,
    tree: Option<ObjectId>,
    changes: &Folder<'_>,
    path: &str,
    written: &mut Vec<ObjectId>,
) -> Result<Option<ObjectId>, GitError> {
    let mut by_name: BTreeMap<Vec<u8>, Line> = match tree {
        Some(tree) => lines(objects, tree)?.into_iter().map(|line| (line.name.clone(), line)).collect(),
        None => BTreeMap::new(),
    };
    for (name, below) in &changes.folders {
        let inner = format!("{path}{name}/");
        let old = by_name.get(name.as_bytes());
        if old.is_some_and(|line| line.kind() != EntryKind::Folder) {
            let reason = "a file is in the way".to_owned();
            return Err(GitError::Path { path: inner.trim_end_matches('/').to_owned(), reason });
        }
        match write(objects, old.map(|line| line.id), below, &inner, written)? {
            Some(id) => {
                let line = Line { name: name.as_bytes().to_vec(), mode: b"40000".to_vec(), id };
                by_name.insert(line.name.clone(), line);
            }
            None => drop(by_name.remove(name.as_bytes())),
        }
    }
    for (name, content) in &changes.files {
        match content {
            Some(content) => {
                let line = file_line(objects, by_name.get(name.as_bytes()), path, name, content, written)?;
                by_name.insert(line.name.clone(), line);
            }
            None => drop(by_name.remove(name.as_bytes())),
        }
    }
    if by_name.is_empty() {
        return Ok(None);
    }
    let id = objects.add(ObjectKind::Tree, serialize(by_name.into_values().collect()));
    if Some(id) != tree && !written.contains(&id) {
        written.push(id);
    }
    Ok(Some(id))
}

/// The line of a file with new content; it keeps the old one's mode.
fn file_line(
    objects: &mut Objects,
    old: Option<&Line>,
    path: &str,
    name: &str,
    content: &[u8],
    written: &mut Vec<ObjectId>,
) -> Result<Line, GitError> {
    let mode = match old.map(Line::kind) {
        Some(EntryKind::Folder) => {
            let reason = "a folder is in the way".to_owned();
            return Err(GitError::Path { path: format!("{path}{name}"), reason });
        }
        Some(EntryKind::Executable) => b"100755".to_vec(),
        _ => b"100644".to_vec(),
    };
    let known = old.is_some_and(|line| line.id == ObjectId::of(ObjectKind::Blob, content));
    let id = objects.add(ObjectKind::Blob, content.to_vec());
    if !known && !written.contains(&id) {
        written.push(id);
    }
    Ok(Line { name: name.as_bytes().to_vec(), mode, id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, content: &str) -> (String, Option<Vec<u8>>) {
        (path.into(), Some(content.into()))
    }

    fn paths(objects: &Objects, root: ObjectId) -> Vec<String> {
        list(objects, root, "", true).unwrap().into_iter().map(|entry| entry.path).collect()
    }

    #[test]
    fn trees_equal_what_git_writes() {
        // echo -n a > a.b; mkdir a; echo -n b > a/b; git add .; git write-tree
        let mut objects = Objects::default();
        let (root, written) = update(&mut objects, None, &[change("a/b", "b"), change("a.b", "a")]).unwrap();
        assert_eq!(paths(&objects, root), ["a.b", "a/b"]);
        assert_eq!(written.len(), 4);
        assert_eq!(written[0], root, "the root comes first");
        assert_eq!(root.to_string(), "bf08f389a2eb77e57cd8ecedb5003d34d9ba5a9d");
    }

    #[test]
    fn only_what_changed_is_written() {
        let mut objects = Objects::default();
        let before = [change("x/a", "1"), change("x/b", "2"), change("y/c", "3")];
        let (root, _) = update(&mut objects, None, &before).unwrap();
        let (next, written) = update(&mut objects, Some(root), &[change("x/a", "9"), change("x/b", "2")]).unwrap();
        assert_eq!(written.len(), 3, "root, x, x/a");
        assert_eq!(entry(&objects, next, "y").unwrap(), entry(&objects, root, "y").unwrap());
        assert!(update(&mut objects, Some(root), &before).unwrap().1.is_empty());
    }

    #[test]
    fn removing_the_last_file_removes_the_folder() {
        let mut objects = Objects::default();
        let (root, _) = update(&mut objects, None, &[change("x/y/a", "1"), change("b", "2")]).unwrap();
        let (root, _) = update(&mut objects, Some(root), &[("x/y/a".into(), None)]).unwrap();
        assert_eq!(paths(&objects, root), ["b"]);
        let (root, _) = update(&mut objects, Some(root), &[("b".into(), None)]).unwrap();
        assert_eq!(root.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    #[test]
    fn files_and_folders_do_not_replace_each_other() {
        let mut objects = Objects::default();
        let (root, _) = update(&mut objects, None, &[change("x/a", "1")]).unwrap();
        let error = |path: &str, objects: &mut Objects| {
            update(objects, Some(root), &[change(path, "")]).unwrap_err().to_string()
        };
        assert_eq!(error("x", &mut objects), "path `x` cannot be written: a folder is in the way");
        assert_eq!(error("x/a/b", &mut objects), "path `x/a` cannot be written: a file is in the way");
        for path in ["x/.git/b", ".GIT/b", "x/.git./b", "git~1/b", "x/.g\u{200c}it", "../b", "x/..\\b", "C:\\b"] {
            let error = error(path, &mut objects);
            assert!(error.starts_with(&format!("path `{path}` cannot be written: it is")), "{error}");
        }
    }

    #[test]
    fn modes_are_kept() {
        let mut objects = Objects::default();
        let blob = objects.add(ObjectKind::Blob, b"1".to_vec());
        let line = |name: &str, mode: &str| Line { name: name.into(), mode: mode.into(), id: blob };
        let tree = serialize(vec![line("s", "120000"), line("m", "160000"), line("e", "100755")]);
        let root = objects.add(ObjectKind::Tree, tree);
        let (root, _) = update(&mut objects, Some(root), &[change("e", "2"), change("n", "3")]).unwrap();
        let kinds: Vec<_> = list(&objects, root, "", false).unwrap().into_iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, [EntryKind::Executable, EntryKind::Submodule, EntryKind::File, EntryKind::Symlink]);
    }

    #[test]
    fn trees_that_refer_to_each_other_come_to_an_end() {
        let mut objects = Objects::default();
        let mut tree = objects.add(ObjectKind::Tree, Vec::new());
        for _ in 0..60 {
            let line = |name: &str| Line { name: name.into(), mode: b"40000".to_vec(), id: tree };
            let lines = vec![line("a"), line("b")];
            tree = objects.add(ObjectKind::Tree, serialize(lines));
        }
        let error = list(&objects, tree, "", true).unwrap_err().to_string();
        assert!(error.contains("the root of the repository holds more than 200000 paths"), "{error}");
        assert_eq!(list(&objects, tree, "a/b", false).unwrap().len(), 2);
    }

    #[test]
    fn folders_lie_in_each_other_as_deep_as_they_like() {
        let mut objects = Objects::default();
        let blob = objects.add(ObjectKind::Blob, b"1".to_vec());
        let mut tree = serialize(vec![Line { name: b"f".to_vec(), mode: b"100644".to_vec(), id: blob }]);
        for _ in 0..5000 {
            let id = objects.add(ObjectKind::Tree, tree);
            tree = serialize(vec![Line { name: b"d".to_vec(), mode: b"40000".to_vec(), id }]);
        }
        let root = objects.add(ObjectKind::Tree, tree);
        assert_eq!(paths(&objects, root), [format!("{}f", "d/".repeat(5000))]);
    }

    #[test]
    fn a_malformed_tree_is_an_error() {
        for content in [&b"100644"[..], b"100644 a", b"100644 a\0short"] {
            assert_eq!(parse(content), None);
        }
        let tree = |name: &str| format!("100644 {name}\0{}", "i".repeat(20)).into_bytes();
        for name in ["", ".", "..", "../a", "/a", "a/b", ".git", ".GIT"] {
            assert_eq!(parse(&tree(name)), None, "{name:?}");
        }
        assert_eq!(parse(&tree("a\\b")).unwrap().len(), 1);
    }
}
