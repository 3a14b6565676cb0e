//! Deleting objects, or asking what deleting them would come to.

use http::Method;

use super::kinds::object_path;
use super::patch::Mode;
use super::request::Call;
use super::retry::{advice, needed};
use super::{Cluster, ClusterError};
use crate::domain::object_ref::ObjectRef;

impl Cluster {
    /// Deletes an object; of a Deployment also its pods, before it is gone itself. Whether it was there.
    ///
    /// # Errors
    /// A denial, or a transient failure that outlasts the deadline.
    pub(crate) async fn delete(&self, object: &ObjectRef) -> Result<bool, ClusterError> {
        self.send_delete(object, Mode::Write).await
    }

    /// Asks the server whether it would delete an object, admission included. Whether it is there.
    ///
    /// # Errors
    /// A denial by a webhook, a policy or RBAC names the object and the reason.
    pub(crate) async fn dry_run_delete(&self, object: &ObjectRef) -> Result<bool, ClusterError> {
        self.send_delete(object, Mode::DryRun).await
    }

    async fn send_delete(&self, object: &ObjectRef, mode: Mode) -> Result<bool, ClusterError> {
        let resource = match self.api.resource(&object.api_version, &object.kind).await {
            Err(ClusterError::UnknownKind { .. }) => return Ok(false),
            resource => resource?,
        };
        let (verb, dry_run, worth): (_, _, super::retry::Worth) = match mode {
            Mode::Write => ("delete", "", needed),
            Mode::DryRun => ("dry-run the deletion of", "&dryRun=All", advice),
        };
        // Whatever else Flux consists of owns nothing.
        let propagation = if object.kind == "Deployment" { "Foreground" } else { "Background" };
        let call = Call {
            method: Method::DELETE,
            path: format!("{}?propagationPolicy={propagation}{dry_run}", object_path(object, &resource)),
            body: None,
            accept: Call::JSON,
            subject: self.api.subject(verb, object),
            worth,
        };
        match self.api.call(&call).await {
            Ok(_) => Ok(true),
            Err(ClusterError::NotFound { .. } | ClusterError::NamespaceMissing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
