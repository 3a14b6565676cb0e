//! Whether source-controller will take what has been written into a checkout.

use std::path::Path;

use serde_json::Value;

use crate::flux_api::git_repository;
use crate::flux_api::source_ignore::{self, Place, SourceIgnore};
use crate::folder::{MAX_FILE, read_file};
use crate::manifests::{COMPONENTS_FILE, SYNC_FILE};

/// Warns of each of our files that a `.sourceignore`, `spec.ignore` or the controller's own list leaves out. `source` is the
/// GitRepository as the overlay makes it.
pub(super) fn warnings(checkout: &Path, directory: &str, source: Option<&Value>) -> Vec<String> {
    let mut ignore = SourceIgnore::default();
    let above = directory.match_indices('/').map(|(end, _)| &directory[..end]);
    for folder in [""].into_iter().chain(above).chain([directory]) {
        if let Ok(content) = read_file(&checkout.join(folder).join(source_ignore::FILE), MAX_FILE) {
            ignore.add_file(folder, &String::from_utf8_lossy(&content));
        }
    }
    ignore.add_spec(source.and_then(git_repository::ignore).unwrap_or_default());
    let files = [COMPONENTS_FILE, SYNC_FILE].map(|name| format!("{directory}/{name}"));
    let left_out = files.into_iter().filter_map(|file| {
        let by = ignore.left_out(&file)?;
        let place = match &by.place {
            Place::File(file) => format!("`{file}` line {}", by.line),
            Place::Spec => format!("line {} of `spec.ignore` of the GitRepository", by.line),
            Place::Controller => "source-controller's own list".to_owned(),
        };
        let pattern = &by.pattern;
        Some(format!(
            "{place} leaves `{file}` out of what the cluster gets, so it cannot follow this branch: the pattern is `{pattern}`"
        ))
    });
    left_out.collect()
}
