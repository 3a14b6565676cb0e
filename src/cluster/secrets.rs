//! Secrets whose keys are partly ours: ours are set and removed exactly, the others stay.

use std::collections::BTreeMap;

use super::{Change, Cluster, ClusterError};
use crate::config::Secret;

/// A Secret as the cluster holds it.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// `Opaque`, `kubernetes.io/dockerconfigjson`, ...
    pub kind: String,
    /// The content by key, decoded.
    pub keys: BTreeMap<String, Secret<Vec<u8>>>,
    /// Guards a later write against changes in between.
    pub(crate) resource_version: String,
}

/// A Secret as it shall be.
#[derive(Clone, Debug)]
pub struct SecretWrite {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its type, for a new one: `Opaque`, ...
    pub kind: String,
    /// The keys to set.
    pub keys: BTreeMap<String, Secret<Vec<u8>>>,
    /// The keys that are ours: those of them that are not set are removed.
    pub owned: Vec<String>,
}

/// What a write changes, by key; never the values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretChange {
    /// The Secret does not exist yet.
    pub created: bool,
    /// Keys that are new.
    pub added: Vec<String>,
    /// Keys with another value than before.
    pub changed: Vec<String>,
    /// Keys that go.
    pub removed: Vec<String>,
}

impl SecretChange {
    /// What writing `wanted` over `stored` changes. Pure.
    pub fn between(stored: Option<&StoredSecret>, wanted: &SecretWrite) -> Self {
        let _ = (stored, wanted);
        unimplemented!()
    }

    /// The change in one word.
    pub const fn change(&self) -> Change {
        if self.created {
            Change::Created
        } else if self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty() {
            Change::Unchanged
        } else {
            Change::Configured
        }
    }
}

impl Cluster {
    /// Reads a Secret; absent is `None`.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn secret(&self, namespace: &str, name: &str) -> Result<Option<StoredSecret>, ClusterError> {
        let _ = (namespace, name);
        unimplemented!()
    }

    /// Creates or updates a Secret; writes nothing when it is already so.
    ///
    /// # Errors
    /// A denial, or a race with another writer that outlasts the deadline.
    pub async fn write_secret(&self, wanted: &SecretWrite) -> Result<SecretChange, ClusterError> {
        let _ = wanted;
        unimplemented!()
    }
}
