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
