//! What is told while Flux is removed.

use serde::Serialize;

use super::Removed;
use crate::domain::object_ref::ObjectRef;

/// A fact of a removal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum RemovalEvent {
    /// A part of Flux is being removed.
    RemovalStarted {
        /// Which.
        what: Removed,
    },
    /// The API server has taken the order to delete an object.
    Deleted {
        /// Which.
        object: ObjectRef,
    },
    /// What of a removed part is still there, whenever that changes.
    Remaining {
        /// The part.
        what: Removed,
        /// Which.
        objects: Vec<ObjectRef>,
    },
    /// A part of Flux is gone.
    Gone {
        /// Which.
        what: Removed,
        /// Whether anything of it was there when the run began.
        was_there: bool,
    },
    /// Flux's finalizer was taken off the objects of a kind.
    FinalizersRemoved {
        /// As Kubernetes spells it: `Kustomization`.
        kind: String,
        /// From how many objects.
        count: usize,
        /// Finalizers of others, which stay: `Kind/namespace/name: finalizer`.
        foreign: Vec<String>,
    },
    /// The objects that Flux applied were counted when it was gone.
    Survivors {
        /// So many were there before.
        expected: usize,
        /// So many of them are there still.
        found: usize,
        /// The others, with what became of them.
        lost: Vec<String>,
    },
}
