//! A patch of the user's among the options.

use std::collections::BTreeMap;

/// A file with a patch, which is copied beside the options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatchFile {
    /// The file's name, without a folder.
    pub name: String,
    /// The objects that it is for, in the fields of kustomize's `target`; empty for a strategic merge patch, which names its
    /// object itself.
    pub target: BTreeMap<String, String>,
}
