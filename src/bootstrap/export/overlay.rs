//! Whether the cluster will be able to build what has been written into a checkout. The files are written all the same:
//! a branch may be mended before it is merged.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::left_out;
use crate::bootstrap::draft::{Wanted, flux_deployments, own_sync};
use crate::domain::event::{Event, Reporter};
use crate::flux_api::{git_repository, kustomization};
use crate::folder::{FolderError, MAX_FILE, read_file};
use crate::kustomize::{self, Build, EntryKind, FileTree, ReadError};
use crate::manifests::KUSTOMIZATION_FILES;

/// Builds the overlay in a folder of the checkout, and warns of what kustomize refuses, changes or passes over, and of what
/// the cluster would lose.
pub(super) fn check(
    (wanted, until): (&Wanted, Option<Instant>),
    checkout: &Path,
    directory: &str,
    reporter: &mut dyn Reporter,
) {
    let mut warn = |message: String| reporter.report(&Event::Warning { message });
    let tree = Checkout(checkout.to_owned());
    match kustomize::build(&tree, directory, kustomize::Options { until, ..kustomize::Options::default() }) {
        Ok(build) => {
            let lost = lost(wanted, &build, &kustomization_path(&tree, directory));
            let unsupported = build.unsupported.iter().map(|feature| {
                format!(
                    "the overlay needs what this tool does not do and the cluster will, so it is not checked: {feature}"
                )
            });
            let unsupported: Vec<String> = unsupported.collect();
            let source = own_sync(&build.objects, git_repository::KIND, wanted.sync.namespace.as_str());
            let left_out = left_out::warnings(checkout, directory, source);
            build.warnings.into_iter().chain(unsupported).chain(lost).chain(left_out).for_each(warn);
        }
        Err(error) => warn(format!("the overlay does not build, so the cluster cannot follow this branch: {error}")),
    }
}

fn kustomization_path(tree: &Checkout, directory: &str) -> String {
    let mut paths = KUSTOMIZATION_FILES.iter().map(|name| format!("{directory}/{name}"));
    paths.find(|path| tree.kind(path).is_some()).unwrap_or_else(|| directory.to_owned())
}

/// What the cluster would delete once it follows the branch, because the overlay leaves it out.
fn lost(wanted: &Wanted, build: &Build, file: &str) -> Vec<String> {
    if !build.unsupported.is_empty() {
        return Vec::new();
    }
    let namespace = wanted.sync.namespace.as_str();
    let kinds = [git_repository::KIND, kustomization::KIND];
    let sync: Vec<String> = kinds
        .iter()
        .filter(|kind| own_sync(&build.objects, kind, namespace).is_none())
        .map(|kind| format!("the {kind} `{namespace}`"))
        .collect();
    let built = flux_deployments(&build.objects);
    let deployments = flux_deployments(&wanted.components.objects);
    let deployments: Vec<String> =
        deployments.iter().filter(|name| !built.contains(name)).map(|name| format!("`{name}`")).collect();
    let mut lost = Vec::new();
    if !sync.is_empty() {
        let objects = sync.join(" and ");
        lost.push(format!(
            "`{file}` leaves out {objects}, so the cluster would delete what keeps it in sync; list `gotk-sync.yaml` under `resources` there"
        ));
    }
    if !deployments.is_empty() {
        let names = deployments.join(", ");
        lost.push(format!(
            "`{file}` leaves out {names}, so the cluster would delete them; list `gotk-components.yaml` under `resources` there"
        ));
    }
    lost
}

/// The files of a checkout. Links are not followed, as the cluster sees none.
struct Checkout(PathBuf);

impl FileTree for Checkout {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        read_file(&self.0.join(path), MAX_FILE).map_err(|error| match error {
            FolderError::TooLarge { .. } => ReadError::TooLarge,
            _ => ReadError::NotFound,
        })
    }

    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>> {
        let entries = fs_err::read_dir(self.0.join(directory)).ok()?;
        let entry = |entry: std::io::Result<fs_err::DirEntry>| {
            let entry = entry.ok()?;
            let kind = match entry.file_type().ok()? {
                kind if kind.is_dir() => EntryKind::Directory,
                kind if kind.is_file() => EntryKind::File,
                _ => EntryKind::Other,
            };
            Some((entry.file_name().into_string().ok()?, kind))
        };
        Some(entries.filter_map(entry).collect())
    }
}
