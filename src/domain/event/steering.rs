//! What is told of objects that are suspended, resumed and reconciled.

use serde::Serialize;

/// A fact of an object that is steered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum SteeringEvent {
    /// Objects were suspended: Flux acts on them no more.
    Suspended {
        /// As Kubernetes spells it: `Kustomization`.
        kind: String,
        /// `Kind/namespace/name` each.
        objects: Vec<String>,
    },
    /// Objects were resumed: their controllers act on them again.
    Resumed {
        /// As Kubernetes spells it: `Kustomization`.
        kind: String,
        /// `Kind/namespace/name` each.
        objects: Vec<String>,
    },
    /// A controller has acted on an object, and it is ready.
    Reconciled {
        /// As Kubernetes spells it: `GitRepository`.
        kind: String,
        /// `namespace/name`.
        object: String,
        /// What it is at: `main@sha1:..`.
        revision: Option<String>,
    },
}
