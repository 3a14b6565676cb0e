//! Whether the cluster will be able to build what has been written into a checkout. The files are written all the same:
//! a branch may be mended before it is merged.

use std::path::{Path, PathBuf};

use crate::domain::event::{Event, Reporter};
use crate::folder::{FolderError, MAX_FILE, read_file};
use crate::kustomize::{self, EntryKind, FileTree, ReadError};

/// Builds the overlay in a folder of the checkout, and warns of what kustomize refuses, changes or passes over.
pub(super) fn check(checkout: &Path, directory: &str, reporter: &mut dyn Reporter) {
    let mut warn = |message: String| reporter.report(&Event::Warning { message });
    match kustomize::build(&Checkout(checkout.to_owned()), directory, kustomize::Options::default()) {
        Ok(build) => build.warnings.into_iter().for_each(warn),
        Err(error) => warn(format!("the overlay does not build, so the cluster cannot follow this branch: {error}")),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A reporter that keeps what is said.
    #[derive(Default)]
    struct Said(Vec<String>);

    impl Reporter for Said {
        fn report(&mut self, event: &Event) {
            if let Event::Warning { message } = event {
                self.0.push(message.clone());
            }
        }
    }

    fn warnings(kustomization: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clusters/one");
        fs_err::create_dir_all(&path).unwrap();
        let sync =
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: a}\n";
        fs_err::write(path.join("sync.yaml"), sync).unwrap();
        fs_err::write(path.join("kustomization.yaml"), kustomization).unwrap();
        let mut said = Said::default();
        check(folder.path(), "clusters/one", &mut said);
        said.0
    }

    #[test]
    fn what_the_cluster_cannot_build_is_told() {
        assert!(warnings("resources: [sync.yaml]\n").is_empty());
        let absent = warnings("resources:\n- sync.yaml\n- absent.yaml\n");
        assert!(absent[0].contains("`clusters/one/kustomization.yaml` line 3"), "{absent:?}");
        let patch = "apiVersion: kustomize.toolkit.fluxcd.io/v1beta2\n    kind: Kustomization\n    metadata: {name: a, namespace: a}\n";
        let pinned = warnings(&format!("resources: [sync.yaml]\npatches:\n- patch: |\n    {patch}"));
        assert!(pinned[0].contains("write `apiVersion: kustomize.toolkit.fluxcd.io/v1`"), "{pinned:?}");
        let target = "{version: v1beta2, kind: Kustomization}\n  patch: '[{\"op\": \"remove\", \"path\": \"/x\"}]'\n";
        let pinned = warnings(&format!("resources: [sync.yaml]\npatches:\n- target: {target}"));
        assert!(pinned[0].contains("write `version: v1`"), "{pinned:?}");
    }
}
