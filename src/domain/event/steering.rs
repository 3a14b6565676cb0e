//! What is told of objects that are suspended, resumed and reconciled.

use serde::Serialize;

use crate::domain::object_ref::{ObjectRef, in_two};

/// A fact of an object that is steered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum SteeringEvent {
    /// Objects were suspended: Flux acts on them no more.
    Suspended {
        /// As Kubernetes spells it: `Kustomization`.
        kind: String,
        /// Which.
        objects: Vec<ObjectRef>,
    },
    /// Objects were resumed: their controllers act on them again.
    Resumed {
        /// As Kubernetes spells it: `Kustomization`.
        kind: String,
        /// Which.
        objects: Vec<ObjectRef>,
    },
    /// A controller has acted on an object, and it is ready.
    Reconciled {
        /// Which; as its kind and `namespace/name`.
        #[serde(flatten, serialize_with = "in_two")]
        object: ObjectRef,
        /// What it is at: `main@sha1:..`.
        revision: Option<String>,
    },
}
