//! What the identity is allowed to do, asked before anything is written.

use super::{Cluster, ClusterError};

/// One right, as RBAC rules name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Access {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: String,
    /// The plural, optionally with a subresource: `deployments`, `pods/log`.
    pub resource: String,
    /// The namespace; none at cluster scope.
    pub namespace: Option<String>,
    /// One object's name; none for all.
    pub name: Option<String>,
}

impl Cluster {
    /// Those of the rights that the identity does not have, in the given order. Asked all at the same time.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn missing_access(&self, wanted: &[Access]) -> Result<Vec<Access>, ClusterError> {
        let _ = wanted;
        unimplemented!()
    }
}
