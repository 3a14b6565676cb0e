//! What applying an object would do, judged by the server itself.

use serde_json::Value;

use super::{Cluster, ClusterError};

/// The server's verdict on an object that was not written.
#[derive(Clone, Debug, PartialEq)]
pub enum DryRun {
    /// It would be created.
    Created,
    /// It exists and would change.
    Configured {
        /// The paths that would change, as `spec.template.spec.containers[name=manager].image`.
        paths: Vec<String>,
        /// The object as it would be; without content for Secrets.
        merged: Value,
    },
    /// It is already so.
    Unchanged,
    /// The server cannot judge it yet.
    NotJudged {
        /// Why: its namespace or its kind does not exist yet.
        why: String,
    },
}

impl Cluster {
    /// Asks the server what applying the object would do, admission included.
    ///
    /// # Errors
    /// A denial by a webhook, a policy, a quota or the schema names the object and the reason.
    pub async fn dry_run(&self, object: &Value) -> Result<DryRun, ClusterError> {
        let _ = object;
        unimplemented!()
    }

    /// [`Self::dry_run`] for many objects, several at the same time; results in the given order.
    pub async fn dry_run_all(&self, objects: &[Value]) -> Vec<Result<DryRun, ClusterError>> {
        let _ = objects;
        unimplemented!()
    }
}
