//! Flux's finalizer on objects of its own kinds: a controller that lives takes it off itself, after pruning.

use serde_json::{Value, json};

use super::client::absent_is_none;
use super::kinds::object_path;
use super::patch::FIELD_MANAGER;
use super::request::Call;
use super::retry::needed;
use super::{Cluster, ClusterError};
use crate::domain::backoff::{Backoff, Persistence};
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::finalizers;

/// How often somebody else may change an object first.
const RACES: Persistence = Persistence::Attempts(12);

impl Cluster {
    /// Takes Flux's finalizer off an object, whose metadata was read before, and leaves all others. Nothing where it
    /// has none, or is gone.
    ///
    /// # Errors
    /// A denial, or others who keep changing the object.
    pub(crate) async fn take_finalizer_off(&self, object: &ObjectRef, metadata: Value) -> Result<(), ClusterError> {
        let mut live = metadata;
        let mut backoff = Backoff::new(&self.api.limits);
        while finalizers::has_ours(&live) {
            let error = match self.replace_finalizers(object, &live).await {
                Err(error @ ClusterError::Conflict { .. }) => error,
                done => return done,
            };
            let Ok(pause) = backoff.next(None, RACES) else { return Err(error) };
            tokio::time::sleep(pause).await;
            match self.get_metadata(object).await? {
                Some(now) => live = now,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// Sends the finalizers that stay, unless somebody has changed the object meanwhile.
    async fn replace_finalizers(&self, object: &ObjectRef, live: &Value) -> Result<(), ClusterError> {
        let resource = self.api.resource(&object.api_version, &object.kind).await?;
        let metadata = &live["metadata"];
        let patch = json!({"metadata": {
            "finalizers": finalizers::others(live),
            "resourceVersion": metadata["resourceVersion"],
            // The name may belong to another object by now.
            "uid": metadata["uid"],
        }});
        let mut subject = self.api.subject("take Flux's finalizer off", object);
        subject.replaces = true;
        let call = Call {
            method: http::Method::PATCH,
            path: format!("{}?fieldManager={FIELD_MANAGER}", object_path(object, &resource)),
            body: Some(("application/merge-patch+json", patch.to_string().into_bytes())),
            accept: Call::JSON,
            subject,
            worth: needed,
        };
        absent_is_none(self.api.call(&call).await).map(drop)
    }
}
