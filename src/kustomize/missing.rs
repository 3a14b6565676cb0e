//! Which files a build needs that have not been fetched.

use std::collections::BTreeSet;

use super::error::BuildError;
use super::file::{At, KustomizationFile, ReplacementEntry};
use super::folder::MAX_NESTED;
use super::generators::file_source;
use super::input::{EntryKind, FileTree, Options, ReadError};
use super::load::{Loader, is_manifest, join, kustomization_paths, within};
use super::pipeline::run;

/// How many files beside an unread kustomization file are asked for together with it: most of them are its resources.
const BESIDE: usize = 50;

struct Search<'a> {
    tree: &'a dyn FileTree,
    visited: BTreeSet<String>,
    missing: BTreeSet<String>,
    /// Plugins are configured, whose configuration may name further files.
    has_plugins: bool,
    /// How many kustomizations led to the one that is looked at.
    depth: usize,
}

/// See [`super::missing_files`].
pub(super) fn search(tree: &dyn FileTree, directory: &str) -> Result<Vec<String>, BuildError> {
    let mut search = Search { tree, visited: BTreeSet::new(), missing: BTreeSet::new(), has_plugins: false, depth: 0 };
    search.folder(directory)?;
    if search.missing.is_empty() && search.has_plugins {
        // What a plugin reads is known only once all that comes before it has been built.
        if let Err(BuildError::NotFetched { file }) = run(tree, directory, Options::default()) {
            return Ok(vec![file]);
        }
    }
    Ok(search.missing.into_iter().collect())
}

impl Search<'_> {
    fn need(&mut self, path: &str) {
        let is_file = self.tree.kind(path) == Some(EntryKind::File);
        if is_file && !self.missing.contains(path) && self.tree.read(path) == Err(ReadError::NotFetched) {
            self.missing.insert(path.to_owned());
        }
    }

    fn folder(&mut self, directory: &str) -> Result<(), BuildError> {
        if !self.visited.insert(directory.to_owned()) {
            return Ok(());
        }
        let paths = kustomization_paths(self.tree, directory);
        let before = self.missing.len();
        paths.iter().for_each(|path| self.need(path));
        if self.missing.len() > before {
            let entries = self.tree.list(directory).unwrap_or_default();
            let manifests = entries.iter().filter(|(name, kind)| *kind == EntryKind::File && is_manifest(name));
            manifests.take(BESIDE).for_each(|(name, _)| self.need(&within(directory, name)));
            return Ok(());
        }
        let [path] = paths.as_slice() else { return Ok(()) };
        // A fresh loader: the limits are those of the build.
        let file = KustomizationFile::parse(Loader::new(self.tree, Options::default()).text(path, None)?)?;
        self.depth += 1;
        // What lies deeper is not needed, since the build refuses it.
        let searched = if self.depth > MAX_NESTED { Ok(()) } else { self.file(directory, &file) };
        self.depth -= 1;
        searched
    }

    fn file(&mut self, directory: &str, file: &KustomizationFile) -> Result<(), BuildError> {
        self.has_plugins |=
            [&file.generators, &file.transformers, &file.validators].iter().any(|list| !list.is_empty());
        let plugins = file.generators.iter().chain(&file.transformers).chain(&file.validators);
        for entry in file.resources.iter().chain(&file.components).chain(plugins) {
            let Ok(path) = join(directory, &entry.value) else { continue };
            match self.tree.kind(&path) {
                Some(EntryKind::Directory) => self.folder(&path)?,
                Some(EntryKind::File) => self.need(&path),
                _ => {}
            }
        }
        let mut refer = |path: &str| {
            if let Ok(path) = join(directory, path) {
                self.need(&path);
            }
        };
        for patch in file.patches.iter().chain(&file.patches_json6902) {
            refer(&patch.value.path);
        }
        file.configurations.iter().chain(&file.crds).chain(&file.schema_path).for_each(|At { value, .. }| refer(value));
        file.patches_strategic_merge.iter().for_each(|At { value, .. }| refer(value));
        for entry in &file.replacements {
            if let ReplacementEntry::Path(path) = &entry.value {
                refer(path);
            }
        }
        for generator in file.config_maps.iter().chain(&file.secrets) {
            generator.value.envs.iter().for_each(|At { value, .. }| refer(value));
            for source in &generator.value.files {
                if let Ok((_, path)) = file_source(&source.value) {
                    refer(path);
                }
            }
        }
        Ok(())
    }
}
