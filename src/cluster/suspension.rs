//! `spec.suspend`, and annotations: single fields that are set for a controller or for ourselves.

use serde_json::json;

use super::{Cluster, ClusterError};
use crate::domain::object_ref::ObjectRef;

impl Cluster {
    /// Sets `spec.suspend`. Whether the object is there.
    ///
    /// # Errors
    /// When it may not be changed.
    pub(crate) async fn suspend(&self, object: &ObjectRef) -> Result<bool, ClusterError> {
        match self.merge_patch("suspend", object, &json!({"spec": {"suspend": true}})).await {
            Ok(()) => Ok(true),
            Err(ClusterError::NotFound { .. } | ClusterError::NamespaceMissing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sets an annotation, or without a value takes it off.
    ///
    /// # Errors
    /// When the object does not exist or may not be changed.
    pub(crate) async fn annotate(
        &self,
        object: &ObjectRef,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), ClusterError> {
        self.merge_patch("annotate", object, &json!({"metadata": {"annotations": {name: value}}})).await
    }
}
