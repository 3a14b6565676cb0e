//! A built overlay.

use serde_json::Value;

use crate::domain::error::Error;
use crate::kustomize::Edit;

/// The result of building `<path>/<namespace>`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Build {
    /// The objects to apply, without encrypted ones.
    pub objects: Vec<Value>,
    /// Objects that only a controller with the key can apply.
    pub encrypted: Vec<String>,
    /// What kustomize would do and this build left out.
    pub unsupported: Vec<String>,
    /// Deprecated fields and the like.
    pub warnings: Vec<String>,
    /// Which entries of kustomization files changed what matters of Flux's own objects, in order.
    pub edits: Vec<Edit>,
    /// Where `<path>` has a kustomization file of its own: whether its build holds the same sync objects.
    pub reached_from_path: Option<bool>,
    /// What that file makes of the Kustomization: another one.
    pub displaced: Option<Displaced>,
    /// Why that file cannot be built, by kustomize-controller neither.
    pub unbuildable_above: Option<Error>,
}

/// An object that comes out under another name or namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Displaced {
    /// As Flux's folder has it, `Kind/namespace/name`.
    pub from: String,
    /// As it comes out.
    pub to: String,
    /// The file that does it, in backticks, with the line where that is known.
    pub file: String,
}
