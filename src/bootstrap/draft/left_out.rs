//! Which of our files source-controller would leave out of what the cluster gets.

use super::overlay::own_sync;
use super::sources::{Draft, Sources};
use crate::flux_api::git_repository;
use crate::flux_api::source_ignore::{self, LeftOut, Place, SourceIgnore};
use crate::manifests::{COMPONENTS_FILE, KUSTOMIZATION_FILES, SYNC_FILE};
use crate::open::{Tree, join};

/// Our files that would be left out, each with what does it. Empty while files are not known yet.
pub(super) fn left_out(tree: &Tree, sources: Sources<'_>, draft: &Draft) -> Vec<(String, LeftOut)> {
    let directory = sources.directory();
    let mut ignore = SourceIgnore::default();
    let above = directory.match_indices('/').map(|(end, _)| &directory[..end]);
    for folder in [""].into_iter().chain(above).chain([directory.as_str()]) {
        add_file(&mut ignore, tree, folder, &sources.config.source.sparse_checkout);
    }
    let namespace = sources.wanted.sync.namespace.as_str();
    let source = own_sync(&draft.sync, git_repository::KIND, namespace);
    ignore.add_spec(source.and_then(git_repository::ignore).unwrap_or_default());
    let files = our_files(tree, sources, &directory, draft.files.plain_kustomization);
    let found = |ignore: &SourceIgnore| {
        let left_out = files.iter().filter_map(|file| Some((file.clone(), ignore.left_out(file)?)));
        left_out.collect::<Vec<_>>()
    };
    let first = found(&ignore);
    if !first.iter().any(|(_, by)| by.place == Place::Controller) {
        return first;
    }
    // The controller's own list counts only where no file of the whole repository holds a pattern.
    for file in tree.files_below("") {
        if let Some(folder) = file.strip_suffix(source_ignore::FILE).and_then(|folder| folder.strip_suffix('/')) {
            add_file(&mut ignore, tree, folder, &sources.config.source.sparse_checkout);
        }
    }
    found(&ignore)
}

/// Takes the file of a folder, where the cluster checks that folder out.
fn add_file(ignore: &mut SourceIgnore, tree: &Tree, folder: &str, checked_out: &[String]) {
    let within = |outer: &String| {
        let outer = outer.trim_matches('/');
        folder == outer || folder.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    let file = join(folder, source_ignore::FILE);
    if (checked_out.is_empty() || checked_out.iter().any(within)) && tree.holds(&file) {
        let content = tree.content(&file).unwrap_or_default();
        ignore.add_file(folder, &String::from_utf8_lossy(&content));
    }
}

/// The files without which the cluster would get another Flux than this run installs. A plain kustomization file says
/// what the controller would put in its place.
fn our_files(tree: &Tree, sources: Sources<'_>, directory: &str, is_plain: bool) -> Vec<String> {
    let path = sources.config.source.path.as_tree_path();
    let folders = if is_plain { vec![path] } else { vec![path, directory] };
    let kustomizations = folders.iter().flat_map(|folder| KUSTOMIZATION_FILES.iter().map(|name| join(folder, name)));
    let mut files: Vec<String> = [COMPONENTS_FILE, SYNC_FILE].iter().map(|name| join(directory, name)).collect();
    files.extend(kustomizations.filter(|file| tree.holds(file)));
    files
}
