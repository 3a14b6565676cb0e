//! Builds the overlay that a user's `kustomization.yaml` describes, with the result and the order of kustomize v5.
//!
//! Pure: files come from a [`FileTree`], normally the fetched commit overlaid with freshly rendered files. Blobs may
//! be missing there, because the repository is fetched without them: ask [`missing_files`] until it returns nothing,
//! then [`build`].
//!
//! ```ignore
//! loop {
//!     let missing = kustomize::missing_files(&tree, "clusters/prod/flux-system", options)?;
//!     if missing.is_empty() { break; }
//!     tree.fetch(&missing)?;
//! }
//! let build = kustomize::build(&tree, "clusters/prod/flux-system", options)?;
//! ```

mod build;
#[cfg(test)]
mod corpus;
mod error;
mod field_path;
mod field_spec;
mod file;
mod generators;
mod load;
mod merge_keys;
mod missing;
mod name_references;
mod names;
mod order;
mod origin;
mod patch;
mod place;
mod reader;
mod replacements;
mod resource;
mod selector;
mod transform;

pub use error::{BuildError, Location, Unsupported};

use serde_json::Value;

/// What a path of a [`FileTree`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// Anything else: a symbolic link, a submodule.
    Other,
}

/// Why a file of a [`FileTree`] has no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no file at this path.
    #[error("there is no such file")]
    NotFound,
    /// The file exists, but its content has not been fetched yet.
    #[error("its content has not been fetched")]
    NotFetched,
}

/// The files an overlay may use. Paths are relative to the root of the repository, with `/`, without `.` and `..`;
/// the root itself is the empty path.
pub trait FileTree {
    /// The content of a file.
    ///
    /// # Errors
    /// [`ReadError::NotFetched`] if the file is known and the content is not; the overlay is then incomplete.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The names and kinds of a folder's entries, in any order; `None` if there is no such folder.
    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>>;

    /// What the path is; `None` if there is nothing.
    fn kind(&self, path: &str) -> Option<EntryKind> {
        if path.is_empty() {
            return self.list("").map(|_| EntryKind::Directory);
        }
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.list(directory)?.into_iter().find(|(entry, _)| entry == name).map(|(_, kind)| kind)
    }
}

/// How to build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Where the folder has no kustomization file, take every manifest below it, as kustomize-controller does.
    pub generate: bool,
}

/// A finished overlay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Build {
    /// The objects in kustomize's order. Encrypted ones are among them, see [`is_encrypted`].
    pub objects: Vec<Value>,
    /// Deprecated fields and the like: one phrase each, naming the file.
    pub warnings: Vec<String>,
    /// What kustomize would do and this build left out. The objects are incomplete unless this is empty.
    pub unsupported: Vec<Unsupported>,
}

/// Whether SOPS has encrypted the object: only a controller that has the key can apply it.
pub fn is_encrypted(object: &Value) -> bool {
    object.get("sops").is_some_and(|sops| sops.get("mac").is_some() || sops.get("version").is_some())
}

/// The files that [`build`] needs and that the tree has not fetched, as far as they can be known now: a kustomization
/// file that is not fetched itself hides what it refers to. Call it until the answer is empty.
///
/// # Errors
/// A kustomization file among those already fetched that cannot be read as one.
pub fn missing_files(tree: &dyn FileTree, directory: &str, options: Options) -> Result<Vec<String>, BuildError> {
    missing::search(tree, directory, options)
}

/// Builds the overlay of one folder.
///
/// # Errors
/// The first thing that kustomize would refuse, with the file, the field and the line.
pub fn build(tree: &dyn FileTree, directory: &str, options: Options) -> Result<Build, BuildError> {
    build::run(tree, directory, options)
}
