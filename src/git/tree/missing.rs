//! Which folders of a commit are not here.

use std::collections::HashSet;

use super::{EntryKind, MOST_PATHS, lines, segments};
use crate::domain::object_id::ObjectId;
use crate::git::error::GitError;
use crate::git::objects::Objects;

/// The trees that stand between us and a folder's entries: the first one on the way that is not here, or with `deep` each one
/// below the folder that is not. Empty where everything is here, or where there is no such folder.
pub(in crate::git) fn in_folder(
    objects: &Objects,
    root: ObjectId,
    folder: &str,
    deep: bool,
) -> Result<Vec<ObjectId>, GitError> {
    let mut at = root;
    for segment in segments(folder) {
        if !objects.contains(at) {
            return Ok(vec![at]);
        }
        let line = lines(objects, at)?.into_iter().find(|line| line.name == segment.as_bytes());
        match line.filter(|line| line.kind() == EntryKind::Folder) {
            Some(line) => at = line.id,
            None => return Ok(Vec::new()),
        }
    }
    if !objects.contains(at) {
        return Ok(vec![at]);
    }
    if deep { below(objects, at) } else { Ok(Vec::new()) }
}

/// Those below a tree that is here.
fn below(objects: &Objects, tree: ObjectId) -> Result<Vec<ObjectId>, GitError> {
    let (mut seen, mut waiting, mut missing) = (HashSet::from([tree]), vec![tree], Vec::new());
    while let Some(next) = waiting.pop() {
        for line in lines(objects, next)?.into_iter().filter(|line| line.kind() == EntryKind::Folder) {
            // More than may be listed is not fetched either.
            if seen.len() <= MOST_PATHS && seen.insert(line.id) {
                let target = if objects.contains(line.id) { &mut waiting } else { &mut missing };
                target.push(line.id);
            }
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object_id::ObjectKind;
    use crate::git::tree::{list, update};

    #[test]
    fn the_first_tree_on_the_way_that_is_not_here_is_named() {
        let change = |path: &str| (path.to_owned(), Some(b"x".to_vec()));
        let mut whole = Objects::default();
        let (root, _) = update(&mut whole, None, &[change("a/b/c/f"), change("a/g"), change("h")]).unwrap();
        assert!(in_folder(&whole, root, "a/b/c", false).unwrap().is_empty());
        let tree = |path: &str| crate::git::tree::entry(&whole, root, path).unwrap().unwrap().id;
        let mut partial = Objects::default();
        let missing = |partial: &Objects, folder: &str, deep| in_folder(partial, root, folder, deep).unwrap();
        assert_eq!(missing(&partial, "a/b", false), [root]);
        for (path, then) in [("", tree("a")), ("a", tree("a/b")), ("a/b", tree("a/b/c"))] {
            let id = if path.is_empty() { root } else { tree(path) };
            partial.add(ObjectKind::Tree, whole.read(id, ObjectKind::Tree).unwrap());
            assert_eq!(missing(&partial, "a/b/c", false), [then], "{path}");
            assert_eq!(missing(&partial, "", true), [then], "{path}");
        }
        for nowhere in ["x", "h", "a/g/x", "a/b"] {
            assert!(missing(&partial, nowhere, false).is_empty(), "{nowhere}");
        }
        assert_eq!(list(&partial, root, "a", false).unwrap().len(), 2);
    }
}
