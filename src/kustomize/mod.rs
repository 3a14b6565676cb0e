//! Builds the overlay that a user's `kustomization.yaml` describes, with the result and the order of kustomize v5.
//!
//! Pure: files come from a [`FileTree`], normally the fetched commit overlaid with freshly rendered files. Blobs may
//! be missing there, because the repository is fetched without them: ask [`missing_files`] until it returns nothing,
//! then [`build()`].
//!
//! ```ignore
//! loop {
//!     let missing = kustomize::missing_files(&tree, "clusters/prod/flux-system")?;
//!     if missing.is_empty() { break; }
//!     tree.fetch(&missing)?;
//! }
//! let build = kustomize::build(&tree, "clusters/prod/flux-system", options)?;
//! ```

mod accumulate;
mod accumulated;
mod config;
mod confined;
#[cfg(test)]
mod corpus;
mod edit;
mod error;
mod field_path;
mod field_spec;
mod file;
mod folder;
mod generators;
mod input;
mod kind_order;
mod load;
mod marks;
mod merge_keys;
mod missing;
mod names;
mod objects;
mod order;
mod origin;
mod patch;
mod pipeline;
mod place;
mod plugins;
mod reader;
mod remote;
mod replacements;
mod resource;
mod schema;
mod schema_part;
mod selector;
mod shared;
mod spelling;
mod transform;
mod transformers;
mod variables;
mod watch;

pub(crate) use edit::{Edit, Watched};
pub(crate) use error::{BuildError, Unsupported};
pub use input::{EntryKind, FileTree, Options, ReadError};
pub(crate) use kind_order::classic_rank;
pub(crate) use pipeline::Build;

use serde_json::Value;

/// Whether SOPS has encrypted the object: only a controller that has the key can apply it.
pub(crate) fn is_encrypted(object: &Value) -> bool {
    object.get("sops").is_some_and(|sops| sops.get("mac").is_some() || sops.get("version").is_some())
}

/// The files that [`build()`] needs and that the tree has not fetched, as far as they can be known now: a kustomization
/// file that is not fetched itself hides what it refers to. Call it until the answer is empty.
///
/// # Errors
/// A kustomization file among those already fetched that cannot be read as one.
pub fn missing_files(tree: &dyn FileTree, directory: &str) -> Result<Vec<String>, BuildError> {
    missing::search(tree, directory)
}

/// Builds the overlay of one folder.
///
/// # Errors
/// The first thing that kustomize would refuse, with the file, the field and the line.
pub fn build(tree: &dyn FileTree, directory: &str, options: Options) -> Result<Build, BuildError> {
    pipeline::run(tree, directory, options)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::*;

    /// A repository of which only some files have been fetched.
    struct Tree {
        files: BTreeMap<String, String>,
        fetched: RefCell<BTreeSet<String>>,
        all: bool,
    }

    impl Tree {
        fn new<'a>(files: impl IntoIterator<Item = (&'a str, String)>, all: bool) -> Self {
            let files = files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
            Self { files, fetched: RefCell::default(), all }
        }
    }

    impl FileTree for Tree {
        fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
            let text = self.files.get(path).ok_or(ReadError::NotFound)?;
            if self.all || self.fetched.borrow().contains(path) {
                Ok(text.clone().into_bytes())
            } else {
                Err(ReadError::NotFetched)
            }
        }

        fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>> {
            let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
            let entries: BTreeSet<(String, bool)> = self
                .files
                .keys()
                .filter_map(|path| path.strip_prefix(&prefix))
                .map(|path| {
                    path.split_once('/').map_or((path.to_owned(), true), |(folder, _)| (folder.to_owned(), false))
                })
                .collect();
            let kind = |is_file| if is_file { EntryKind::File } else { EntryKind::Directory };
            (!entries.is_empty()).then(|| entries.into_iter().map(|(name, is_file)| (name, kind(is_file))).collect())
        }
    }

    fn config_map(name: &str) -> String {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n")
    }

    #[test]
    fn missing_files_are_asked_for_in_few_rounds() {
        let kustomization = "resources: [a.yaml, ../base]\npatches: [{path: p/patch.yaml}]\nconfigMapGenerator: [{name: g, files: [k=f.txt]}]\n";
        let patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {x: y}\n";
        let tree = Tree::new(
            [
                ("over/kustomization.yaml", kustomization.to_owned()),
                ("over/a.yaml", config_map("a")),
                ("over/p/patch.yaml", patch.to_owned()),
                ("over/f.txt", "text".to_owned()),
                ("base/kustomization.yaml", "resources: [b.yaml]\n".to_owned()),
                ("base/b.yaml", config_map("b")),
                ("other/huge.yaml", String::new()),
            ],
            false,
        );
        let error = build(&tree, "over", Options::default()).unwrap_err();
        assert_eq!(error, BuildError::NotFetched { file: "over/kustomization.yaml".to_owned() });
        let mut rounds = Vec::new();
        loop {
            let missing = missing_files(&tree, "over").unwrap();
            if missing.is_empty() {
                break;
            }
            tree.fetched.borrow_mut().extend(missing.iter().cloned());
            rounds.push(missing);
        }
        let expected: [&[&str]; 2] = [
            &["over/a.yaml", "over/kustomization.yaml"],
            &["base/b.yaml", "base/kustomization.yaml", "over/f.txt", "over/p/patch.yaml"],
        ];
        assert_eq!(rounds, expected);
        assert_eq!(build(&tree, "over", Options::default()).unwrap().objects.len(), 3);
    }

    #[test]
    fn files_that_a_plugin_names_are_asked_for() {
        let plugin = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npath: patch.yaml\ntarget: {kind: ConfigMap}\n";
        let patch = "- {op: add, path: /data, value: {x: z}}\n";
        let tree = Tree::new(
            [
                ("kustomization.yaml", "resources: [a.yaml]\ntransformers: [p/plugin.yaml]\n".to_owned()),
                ("a.yaml", config_map("a")),
                ("p/plugin.yaml", plugin.to_owned()),
                ("patch.yaml", patch.to_owned()),
            ],
            false,
        );
        for _ in 0..4 {
            let missing = missing_files(&tree, "").unwrap();
            tree.fetched.borrow_mut().extend(missing);
        }
        assert_eq!(build(&tree, "", Options::default()).unwrap().objects[0]["data"]["x"], "z");
    }

    #[test]
    fn overlays_that_double_at_every_level_are_refused() {
        let mut files: Vec<(String, String)> = Vec::new();
        for level in 0..30 {
            for side in ["a", "b"] {
                let text = format!("resources: [../l{}a, ../l{}b]\nnamePrefix: {side}\n", level + 1, level + 1);
                files.push((format!("l{level}{side}/kustomization.yaml"), text));
            }
        }
        for side in ["a", "b"] {
            let text = format!("configMapGenerator: [{{name: {side}}}]\n");
            files.push((format!("l30{side}/kustomization.yaml"), text));
        }
        let tree = Tree::new(files.iter().map(|(path, text)| (path.as_str(), text.clone())), true);
        let error = build(&tree, "l0a", Options::default()).unwrap_err().to_string();
        assert!(error.contains("beyond all measure"), "{error}");
    }

    #[test]
    fn values_that_double_at_every_replacement_are_refused() {
        let one = "- source: {kind: ConfigMap, fieldPath: data.x}\n  targets:\n  - select: {kind: ConfigMap}\n    fieldPaths: [data.x]\n    options: {delimiter: '|', index: 99999}\n";
        let text = format!("resources: [a.yaml]\nreplacements:\n{}", one.repeat(60));
        let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: some text}\n";
        let tree = Tree::new([("kustomization.yaml", text), ("a.yaml", object.to_owned())], true);
        let error = build(&tree, "", Options::default()).unwrap_err().to_string();
        assert!(error.contains("beyond all measure"), "{error}");
    }

    #[test]
    fn encrypted_secrets_are_recognised() {
        assert!(is_encrypted(&json!({"kind": "Secret", "sops": {"mac": "ENC[..]", "version": "3.9.0"}})));
        assert!(!is_encrypted(&json!({"kind": "Secret", "data": {"sops": "x"}})));
        assert!(!is_encrypted(&json!({"kind": "Thing", "sops": true})));
    }
}
