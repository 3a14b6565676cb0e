//! The connection to the API server.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{ClusterError, ObjectRef};

/// A connection to one API server, as one identity, with one deadline. Clones share it.
#[derive(Clone)]
pub struct Cluster {}

/// The API server's version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerVersion {
    /// As in `v1.36.3`.
    pub text: String,
    /// As in 1.
    pub major: u32,
    /// As in 36.
    pub minor: u32,
}

impl Cluster {
    /// The API server's URL.
    pub fn server(&self) -> &str {
        unimplemented!()
    }

    /// The kubeconfig's context; none with the in-cluster service account.
    pub fn context(&self) -> Option<&str> {
        unimplemented!()
    }

    /// The API server's version.
    pub fn version(&self) -> &ServerVersion {
        unimplemented!()
    }

    /// When all requests and waits give up.
    pub fn deadline(&self) -> Instant {
        unimplemented!()
    }

    /// Moves the deadline, for time that was spent in a question.
    pub fn extend_deadline(&self, by: Duration) {
        let _ = by;
        unimplemented!()
    }

    /// Reads an object. `None` only when it, its namespace or its kind does not exist.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn get(&self, object: &ObjectRef) -> Result<Option<Value>, ClusterError> {
        let _ = object;
        unimplemented!()
    }

    /// Lists objects of a kind, in one namespace or all, by label selector (empty: all). An unknown kind has none.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        labels: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        let _ = (api_version, kind, namespace, labels);
        unimplemented!()
    }
}
