//! Server-side apply with field manager `flux`, in stages.

use std::time::Duration;

use serde_json::Value;

use super::{Cluster, ClusterError, ObjectRef};

/// What applying did to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It did not exist.
    Created,
    /// It existed and differed.
    Configured,
    /// It was already so.
    Unchanged,
}

/// What happens while objects are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyEvent {
    /// An object is applied.
    Applied {
        /// The object.
        object: ObjectRef,
        /// What that did to it.
        change: Change,
    },
    /// CustomResourceDefinitions are not served yet.
    AwaitingKinds {
        /// Their names.
        names: Vec<String>,
    },
    /// A request failed in a way that may pass, and is sent again.
    Retrying {
        /// The object.
        object: ObjectRef,
        /// Why it failed.
        reason: String,
        /// The pause before the next attempt.
        pause: Duration,
    },
}

impl Cluster {
    /// Applies one object; conflicts with other field managers are forced.
    ///
    /// # Errors
    /// A denial, or a transient failure that outlasts the deadline.
    pub async fn apply(&self, object: &Value) -> Result<Change, ClusterError> {
        let _ = object;
        unimplemented!()
    }

    /// Applies objects in the stages and the order of [`super::order`], several of a stage at the same time,
    /// and waits after the first stage until the new kinds are served.
    ///
    /// # Errors
    /// The first failure; objects already on their way are finished first.
    pub async fn apply_all(
        &self,
        objects: &[Value],
        on_event: &mut (dyn FnMut(ApplyEvent) + Send),
    ) -> Result<Vec<(ObjectRef, Change)>, ClusterError> {
        let _ = (objects, on_event);
        unimplemented!()
    }

    /// Sets the annotation `reconcile.fluxcd.io/requestedAt`, on which Flux's controllers act at once and which
    /// they then report as `status.lastHandledReconcileAt`.
    ///
    /// # Errors
    /// When the object does not exist or may not be changed.
    pub async fn request_reconcile(&self, object: &ObjectRef, requested_at: &str) -> Result<(), ClusterError> {
        let _ = (object, requested_at);
        unimplemented!()
    }
}
