//! The Flux of other clusters in the same repository, where one's path lies in the other's.

use std::time::Instant;

use serde_json::Value;

use super::inquiry::adds_sync;
use super::neighbour::{Neighbour, Neighbours};
use super::overlay::build_folder;
use super::sources::Sources;
use crate::flux_api::kustomization;
use crate::manifests::{KUSTOMIZATION_FILES, SYNC_FILE};
use crate::open::{Tree, join};
use crate::yaml;

/// How deep below the path others are looked for, and in how many folders at most: what lies deeper is rare, and a
/// repository may be large.
const DEPTH: usize = 3;
const FOLDERS: usize = 300;

/// Looks upward and downward from the path.
pub(crate) fn neighbours(tree: &Tree, sources: Sources<'_>) -> Neighbours {
    let path = sources.config.source.path.as_tree_path();
    let own = sources.directory();
    let parents = path.match_indices('/').map(|(end, _)| &path[..end]).chain((!path.is_empty()).then_some(""));
    let mut above: Vec<Neighbour> = parents.flat_map(|folder| in_folder(tree, folder, &own)).collect();
    above.retain(|other| {
        holds(&other.path, path) && reaches(tree, (&tree_path(&other.path), path, &own), sources.until)
    });
    let mut below = Vec::new();
    if !has_kustomization(tree, path) {
        below = below_path(tree, path, &own);
        below.retain(|other| holds(path, &tree_path(&other.path)) && tree_path(&other.path) != path);
    }
    Neighbours { above, below, reaching: reaching(tree, sources, &own) }
}

/// The paths that hold ours, itself included, from where a sync of this cluster would apply our folder too.
fn reaching(tree: &Tree, sources: Sources<'_>, own: &str) -> Vec<String> {
    if !sources.cluster.is_some_and(|cluster| adds_sync(sources, &cluster.flux)) {
        return Vec::new();
    }
    let path = sources.config.source.path.as_tree_path();
    let parents = path.match_indices('/').map(|(end, _)| &path[..end]).chain((!path.is_empty()).then_some(""));
    let reaches = |from: &&str| *from == path || reaches(tree, (from, path, own), sources.until);
    parents.chain([path]).filter(reaches).map(str::to_owned).collect()
}

/// The syncs in the folders of a folder, but our own.
fn in_folder(tree: &Tree, folder: &str, own: &str) -> Vec<Neighbour> {
    let folders = tree.folders(folder).into_iter().take(FOLDERS).map(|name| join(folder, &name));
    folders.filter(|folder| folder != own).filter_map(|folder| sync_in(tree, &folder)).collect()
}

/// The sync whose file lies in this folder.
fn sync_in(tree: &Tree, folder: &str) -> Option<Neighbour> {
    let file = join(folder, SYNC_FILE);
    if !tree.holds(&file) {
        return None;
    }
    let text = tree.content(&file)?;
    // What cannot be read syncs nothing.
    let documents = yaml::parse(&String::from_utf8_lossy(&text)).ok()?;
    let sync = documents.iter().find(|document| is_sync(&document.value))?;
    Some(Neighbour { path: kustomization::path(&sync.value)?.to_owned(), file })
}

fn is_sync(object: &Value) -> bool {
    object["kind"] == kustomization::KIND
        && object["apiVersion"].as_str().is_some_and(|version| version.starts_with("kustomize.toolkit.fluxcd.io/"))
}

fn below_path(tree: &Tree, path: &str, own: &str) -> Vec<Neighbour> {
    let (mut found, mut level) = (Vec::new(), vec![path.to_owned()]);
    let mut looked_at = 0;
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for folder in level {
            looked_at += 1;
            if looked_at > FOLDERS {
                return found;
            }
            found.extend(in_folder(tree, &folder, own));
            let folders = tree.folders(&folder).into_iter().map(|name| join(&folder, &name));
            // What a kustomization file leaves out is not applied.
            next.extend(folders.filter(|folder| folder != own && !has_kustomization(tree, folder)));
        }
        level = next;
    }
    found
}

/// Whether a cluster that syncs `from` applies what lies at `path`: the first kustomization file on the way decides.
fn reaches(tree: &Tree, (from, path, own): (&str, &str, &str), until: Option<Instant>) -> bool {
    let steps = path.match_indices('/').map(|(end, _)| &path[..end]).chain([path]);
    let way = std::iter::once("").filter(|_| from.is_empty()).chain(steps.filter(|step| holds(from, step)));
    match way.chain([own]).find(|folder| has_kustomization(tree, folder)) {
        Some(folder) if folder != own => {
            let built = build_folder(tree, folder, until).unwrap_or_default();
            let paths = built.objects.iter().filter(|object| is_sync(object)).filter_map(kustomization::path);
            paths.into_iter().any(|found| tree_path(found) == path)
        }
        _ => true,
    }
}

fn has_kustomization(tree: &Tree, folder: &str) -> bool {
    KUSTOMIZATION_FILES.iter().any(|name| tree.holds(&join(folder, name)))
}

/// Whether `inner` is `outer` or lies in it; both may be written as Flux writes paths.
fn holds(outer: &str, inner: &str) -> bool {
    let (outer, inner) = (tree_path(outer), tree_path(inner));
    outer.is_empty() || inner == outer || inner.strip_prefix(&outer).is_some_and(|rest| rest.starts_with('/'))
}

/// `./a/b/` as `a/b`.
fn tree_path(path: &str) -> String {
    path.split('/').filter(|segment| !matches!(*segment, "" | ".")).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_holds_itself_and_what_lies_in_it() {
        for (outer, inner, expected) in [
            ("./", "clusters/a", true),
            ("./clusters", "clusters/a", true),
            ("./clusters/a", "clusters/a", true),
            ("./clusters/a", "clusters/ab", false),
            ("clusters/a", "clusters", false),
        ] {
            assert_eq!(holds(outer, inner), expected, "{outer} {inner}");
        }
    }
}
