//! Secrets of the cluster: as they are, as they shall be, and what lies between. Their values are never shown.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::domain::config::Secret;
use crate::domain::event::ObjectChange;

/// A Secret as the cluster holds it.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// `Opaque`, `kubernetes.io/dockerconfigjson`, ...
    pub kind: String,
    /// The API server refuses every change of its content.
    pub immutable: bool,
    /// The content by key, decoded.
    pub keys: BTreeMap<String, Secret<Vec<u8>>>,
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
        let Some(stored) = stored else {
            return Self { created: true, added: wanted.keys.keys().cloned().collect(), ..Self::default() };
        };
        let mut change = Self::default();
        for (key, value) in &wanted.keys {
            match stored.keys.get(key) {
                None => change.added.push(key.clone()),
                Some(before) if before != value => change.changed.push(key.clone()),
                Some(_) => {}
            }
        }
        let gone = |key: &&String| wanted.owned.contains(key) && !wanted.keys.contains_key(*key);
        change.removed = stored.keys.keys().filter(gone).cloned().collect();
        change
    }

    /// The change in one word.
    pub const fn change(&self) -> ObjectChange {
        if self.created {
            ObjectChange::Created
        } else if self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty() {
            ObjectChange::Unchanged
        } else {
            ObjectChange::Configured
        }
    }
}

impl StoredSecret {
    /// Reads the object of the API server.
    pub fn of(object: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let data = object["data"].as_object().into_iter().flatten();
        // What is not base64 cannot come from an API server.
        let decoded =
            |value: &Value| Secret::new(STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default());
        let immutable = object["immutable"] == true;
        Self {
            kind: text(&object["type"]),
            immutable,
            keys: data.map(|(key, value)| (key.clone(), decoded(value))).collect(),
        }
    }
}
