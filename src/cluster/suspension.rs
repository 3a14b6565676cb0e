//! `spec.suspend`, and annotations: single fields that are set for a controller or for ourselves.

use serde_json::json;

use super::{Cluster, ClusterError};
use crate::domain::object_ref::ObjectRef;

impl Cluster {
    /// Suspends an object, or resumes it. Whether it is there.
    ///
    /// # Errors
    /// When it may not be changed.
    pub(crate) async fn set_suspended(&self, object: &ObjectRef, suspended: bool) -> Result<bool, ClusterError> {
        let verb = if suspended { "suspend" } else { "resume" };
        match self.merge_patch(verb, object, &json!({"spec": {"suspend": suspended}})).await {
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
