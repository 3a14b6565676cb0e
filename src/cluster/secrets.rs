//! Secrets whose keys are partly ours: ours are set and removed exactly, the others stay.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use super::kinds::{collection_path, object_path};
use super::patch::{FIELD_MANAGER, secret_content};
use super::refusal::Subject;
use super::request::Call;
use super::retry::{Patience, pause};
use super::{Change, Cluster, ClusterError};
use crate::domain::config::Secret;
use crate::domain::object_ref::ObjectRef;

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
    /// Where it is written.
    pub namespace: String,
    /// Of the Secret, `--secret-name` for the source secret.
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
        let found = self.get(&ObjectRef::namespaced("v1", "Secret", namespace, name)).await?;
        Ok(found.map(|object| StoredSecret::of(&object)))
    }

    /// Creates or updates a Secret; writes nothing when it is already so. Keys that are not ours, labels and
    /// annotations stay.
    ///
    /// An apply could not remove a key that another field manager wrote, and would leave a race open between
    /// reading and writing. So this is an update of exactly the version that was read, made anew when that
    /// version is gone.
    ///
    /// # Errors
    /// A denial, or a race with another writer that outlasts the deadline.
    pub async fn write_secret(&self, wanted: &SecretWrite) -> Result<SecretChange, ClusterError> {
        let reference = ObjectRef::namespaced("v1", "Secret", &wanted.namespace, &wanted.name);
        let mut raced = 0;
        loop {
            let live = self.get(&reference).await?;
            let change = SecretChange::between(live.as_ref().map(StoredSecret::of).as_ref(), wanted);
            if change.change() == Change::Unchanged {
                return Ok(change);
            }
            match self.send_secret(&reference, live, wanted).await {
                Ok(()) => return Ok(change),
                Err(error @ (ClusterError::Conflict { .. } | ClusterError::NotFound { .. })) => {
                    raced += 1;
                    let wait = pause(raced);
                    if std::time::Instant::now() + wait >= self.deadline() {
                        return Err(error);
                    }
                    tokio::time::sleep(wait).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn send_secret(
        &self,
        reference: &ObjectRef,
        live: Option<Value>,
        wanted: &SecretWrite,
    ) -> Result<(), ClusterError> {
        let resource = self.api.resource(&reference.api_version, &reference.kind).await?;
        let (verb, method, path) = match &live {
            None => {
                let namespace = Some(wanted.namespace.as_str());
                ("create", Method::POST, collection_path(&reference.api_version, &resource, namespace))
            }
            Some(_) => ("update", Method::PUT, object_path(reference, &resource)),
        };
        let object = merged(live, wanted);
        let subject = Subject { replaces: true, hidden: secret_content(&object), ..self.api.subject(verb, reference) };
        let call = Call {
            method,
            path: format!("{path}?fieldManager={FIELD_MANAGER}"),
            body: Some((Call::JSON, object.to_string().into_bytes())),
            accept: Call::JSON,
            subject,
            patience: Patience::Deadline,
        };
        self.api.call(&call).await.map(|_| ())
    }
}

impl StoredSecret {
    fn of(object: &Value) -> Self {
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

/// The object to send: the live one with our keys replaced, or a new one.
fn merged(live: Option<Value>, wanted: &SecretWrite) -> Value {
    let mut object = live.unwrap_or_else(|| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": wanted.kind,
            "metadata": {"name": wanted.name, "namespace": wanted.namespace},
        })
    });
    // The server fills managedFields itself; an old copy would be merged back.
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if !object["data"].is_object() {
        object["data"] = json!({});
    }
    if let Some(data) = object.get_mut("data").and_then(Value::as_object_mut) {
        data.retain(|key, _| !wanted.owned.contains(key));
        for (key, value) in &wanted.keys {
            data.insert(key.clone(), STANDARD.encode(value.expose()).into());
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> SecretWrite {
        let value = |text: &str| Secret::new(text.as_bytes().to_vec());
        SecretWrite {
            namespace: "a".into(),
            name: "b".into(),
            kind: "Opaque".into(),
            keys: [("username".to_owned(), value("git")), ("password".to_owned(), value("new"))].into(),
            owned: ["username", "password", "bearerToken", "identity"].map(str::to_owned).into(),
        }
    }

    fn live() -> Value {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "b", "namespace": "a", "resourceVersion": "7", "labels": {"x": "y"}, "managedFields": []},
            "data": {"username": "Z2l0", "password": "b2xk", "bearerToken": "dA==", "ca.crt": "Y2E="},
        })
    }

    #[test]
    fn our_keys_are_exact_and_the_others_stay() {
        let change = SecretChange::between(Some(&StoredSecret::of(&live())), &wanted());
        let expected = SecretChange {
            changed: vec!["password".into()],
            removed: vec!["bearerToken".into()],
            ..SecretChange::default()
        };
        assert_eq!((&change, change.change()), (&expected, Change::Configured));
        let object = merged(Some(live()), &wanted());
        assert_eq!(object["data"], json!({"ca.crt": "Y2E=", "password": "bmV3", "username": "Z2l0"}));
        assert_eq!(
            object["metadata"],
            json!({"name": "b", "namespace": "a", "resourceVersion": "7", "labels": {"x": "y"}})
        );
    }

    #[test]
    fn a_new_secret_has_our_keys_alone() {
        let change = SecretChange::between(None, &wanted());
        assert_eq!((change.change(), change.added.len()), (Change::Created, 2));
        let object = merged(None, &wanted());
        assert_eq!(object["metadata"], json!({"name": "b", "namespace": "a"}));
        assert_eq!(SecretChange::between(Some(&StoredSecret::of(&object)), &wanted()).change(), Change::Unchanged);
    }

    #[test]
    fn nothing_shows_the_values() {
        let shown = format!("{:?} {:?}", StoredSecret::of(&live()), wanted());
        assert!(!shown.contains("old") && !shown.contains("111, 108, 100"), "{shown}");
    }
}
