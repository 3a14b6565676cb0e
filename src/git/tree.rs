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
mod tests;
