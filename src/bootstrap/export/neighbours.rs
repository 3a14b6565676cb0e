//! Other clusters in a checkout whose path lies in this one's, or the other way round.

use std::path::Path;

use crate::bootstrap::decide::rules::nested;
use crate::bootstrap::draft::{Sources, neighbours};
use crate::domain::error::Error;
use crate::domain::findings::Findings;
use crate::domain::object_id::{CommitId, ObjectId, ObjectKind};
use crate::folder::{MAX_FILE, read_file};
use crate::git::{Entry, EntryKind};
use crate::open::tree::Folder;
use crate::open::{Start, Tree, join};

/// Refuses a path that lies in another cluster's, or holds another cluster, as a run would.
///
/// # Errors
/// Each of the two.
pub(super) fn refuse(sources: Sources<'_>, checkout: &Path) -> Result<(), Error> {
    // Nothing depends on which commit is checked out.
    let mut tree = Tree::of(Start::at(Some(CommitId(ObjectId::of(ObjectKind::Commit, b"")))));
    let found = loop {
        let found = neighbours(&tree, sources);
        let absent = tree.take_absent();
        if absent.is_empty() {
            break found;
        }
        for folder in absent.folders {
            let entries = entries(checkout, &folder);
            tree.put_folder(folder, entries);
        }
        for file in absent.files {
            // What cannot be read says nothing; the cluster will say more of it.
            let content = read_file(&checkout.join(&file), MAX_FILE).unwrap_or_default();
            tree.put_file(file, Some(content));
        }
    };
    let mut refusals = Findings::default();
    refusals.extend(nested::above(&found, sources.config, None));
    refusals.extend(nested::below(&found, sources.config, None));
    refusals.end()
}

/// What lies in a folder of the checkout itself, which is nothing where a link leads there: git keeps the link alone.
fn entries(checkout: &Path, folder: &Folder) -> Vec<Entry> {
    let parts = folder.path.match_indices('/').map(|(end, _)| &folder.path[..end]).chain([folder.path.as_str()]);
    let is_own =
        |path: &str| path.is_empty() || fs_err::symlink_metadata(checkout.join(path)).is_ok_and(|found| found.is_dir());
    if !parts.into_iter().all(is_own) {
        return Vec::new();
    }
    let Ok(found) = fs_err::read_dir(checkout.join(&folder.path)) else { return Vec::new() };
    let entry = |found: std::io::Result<fs_err::DirEntry>| {
        let found = found.ok()?;
        let kind = match found.file_type().ok()? {
            kind if kind.is_dir() => EntryKind::Folder,
            kind if kind.is_file() => EntryKind::File,
            _ => EntryKind::Symlink,
        };
        let name = found.file_name().into_string().ok()?;
        let id = ObjectId::of(ObjectKind::Blob, b"");
        (name != ".git").then(|| Entry { path: join(&folder.path, &name), id, kind })
    };
    found.filter_map(entry).collect()
}
