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
use super::retry::needed;
use super::{Cluster, ClusterError};
use crate::domain::backoff::{Backoff, Persistence};
use crate::domain::cluster_secret::{OWN, SecretChange, SecretWrite, StoredSecret, before_key, is_before};
use crate::domain::event::ObjectChange;
use crate::domain::object_ref::ObjectRef;

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
        self.write_looking(wanted, true).await
    }

    /// [`Self::write_secret`] for one that was seen not to be there: it is read only if it is there by now.
    ///
    /// # Errors
    /// As [`Self::write_secret`].
    pub(crate) async fn write_new_secret(&self, wanted: &SecretWrite) -> Result<SecretChange, ClusterError> {
        self.write_looking(wanted, false).await
    }

    async fn write_looking(&self, wanted: &SecretWrite, mut look: bool) -> Result<SecretChange, ClusterError> {
        let reference = ObjectRef::namespaced("v1", "Secret", &wanted.namespace, &wanted.name);
        let mut backoff = Backoff::new(&self.api.limits);
        loop {
            let live = if std::mem::replace(&mut look, true) { self.get(&reference).await? } else { None };
            let change = SecretChange::between(live.as_ref().map(StoredSecret::of).as_ref(), wanted);
            if change.change() == ObjectChange::Unchanged {
                return Ok(change);
            }
            match self.send_secret(&reference, live, wanted).await {
                Ok(()) => return Ok(change),
                Err(error @ (ClusterError::Conflict { .. } | ClusterError::NotFound { .. })) => {
                    let Ok(pause) = backoff.next(None, Persistence::ToTheEnd) else { return Err(error) };
                    tokio::time::sleep(pause).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes out of a Secret what it keeps of a credential before, unless somebody has written another one than `ours` meanwhile.
    ///
    /// # Errors
    /// As [`Self::write_secret`].
    pub(crate) async fn forget_before(&self, ours: &SecretWrite) -> Result<(), ClusterError> {
        let reference = ObjectRef::namespaced("v1", "Secret", &ours.namespace, &ours.name);
        let mut backoff = Backoff::new(&self.api.limits);
        loop {
            let live = self.get(&reference).await?;
            let stored = live.as_ref().map(StoredSecret::of);
            let is_ours = SecretChange::between(stored.as_ref(), ours).change() == ObjectChange::Unchanged;
            if !is_ours || stored.is_none_or(|stored| stored.before.is_empty()) {
                return Ok(());
            }
            let wanted = SecretWrite { before: BTreeMap::new(), ..ours.clone() };
            match self.send_secret(&reference, live, &wanted).await {
                Err(error @ (ClusterError::Conflict { .. } | ClusterError::NotFound { .. })) => {
                    let Ok(pause) = backoff.next(None, Persistence::ToTheEnd) else { return Err(error) };
                    tokio::time::sleep(pause).await;
                }
                sent => return sent,
            }
        }
    }

    /// Creates a Secret with labels, which must not exist yet.
    ///
    /// # Errors
    /// It exists, or a denial.
    pub(crate) async fn create_secret(
        &self,
        wanted: &SecretWrite,
        labels: &BTreeMap<&str, &str>,
    ) -> Result<(), ClusterError> {
        let reference = ObjectRef::namespaced("v1", "Secret", &wanted.namespace, &wanted.name);
        let resource = self.api.resource(&reference.api_version, &reference.kind).await?;
        let path = collection_path(&reference.api_version, &resource, Some(&wanted.namespace));
        let mut object = merged(None, wanted);
        object["metadata"]["labels"] = json!(labels);
        let subject = Subject { hidden: secret_content(&object), ..self.api.subject("create", &reference) };
        let call = Call {
            method: Method::POST,
            path: format!("{path}?fieldManager={FIELD_MANAGER}"),
            body: Some((Call::JSON, object.to_string().into_bytes())),
            accept: Call::JSON,
            subject,
            worth: needed,
        };
        self.api.call(&call).await.map(|_| ())
    }

    /// Deletes a Secret, which may be gone already.
    ///
    /// # Errors
    /// A denial.
    pub(crate) async fn delete_secret(&self, namespace: &str, name: &str) -> Result<(), ClusterError> {
        let reference = ObjectRef::namespaced("v1", "Secret", namespace, name);
        let resource = self.api.resource(&reference.api_version, &reference.kind).await?;
        let call = Call {
            method: Method::DELETE,
            path: object_path(&reference, &resource),
            body: None,
            accept: Call::JSON,
            subject: self.api.subject("delete", &reference),
            worth: needed,
        };
        match self.api.call(&call).await {
            Ok(_) | Err(ClusterError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
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
            worth: needed,
        };
        self.api.call(&call).await.map(|_| ())
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
    mark(&mut object, wanted.own);
    if !object["data"].is_object() {
        object["data"] = json!({});
    }
    if let Some(data) = object.get_mut("data").and_then(Value::as_object_mut) {
        data.retain(|key, _| !wanted.owned.contains(key) && !is_before(key));
        let kept = wanted.before.iter().map(|(key, value)| (before_key(key), value));
        for (key, value) in wanted.keys.iter().map(|(key, value)| (key.clone(), value)).chain(kept) {
            data.insert(key, STANDARD.encode(value.expose()).into());
        }
    }
    object
}

/// Marks an object as holding the cluster's own credential, or takes the mark off.
fn mark(object: &mut Value, own: bool) {
    let (label, value) = OWN;
    if own {
        object["metadata"]["labels"][label] = value.into();
    } else if let Some(labels) = object.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::Secret;

    fn wanted() -> SecretWrite {
        let value = |text: &str| Secret::new(text.as_bytes().to_vec());
        SecretWrite {
            namespace: "a".into(),
            name: "b".into(),
            kind: "Opaque".into(),
            keys: [("username".to_owned(), value("git")), ("password".to_owned(), value("new"))].into(),
            owned: ["username", "password", "bearerToken", "identity"].map(str::to_owned).into(),
            ..SecretWrite::default()
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
    fn a_credential_is_before_beside_the_new_one_until_another_write() {
        let before = [("password".to_owned(), Secret::new(b"old".to_vec()))].into();
        let kept = merged(Some(live()), &SecretWrite { before, ..wanted() });
        assert_eq!(kept["data"]["flux-bootstrap.before.password"], "b2xk");
        assert_eq!(kept["data"]["password"], "bmV3");
        let stored = StoredSecret::of(&kept);
        assert_eq!(SecretChange::between(Some(&stored), &wanted()).change(), ObjectChange::Unchanged);
        assert!(merged(Some(kept), &wanted())["data"].get("flux-bootstrap.before.password").is_none());
    }

    #[test]
    fn our_keys_are_exact_and_the_others_stay() {
        let change = SecretChange::between(Some(&StoredSecret::of(&live())), &wanted());
        let expected = SecretChange {
            changed: vec!["password".into()],
            removed: vec!["bearerToken".into()],
            ..SecretChange::default()
        };
        assert_eq!((&change, change.change()), (&expected, ObjectChange::Configured));
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
        assert_eq!((change.change(), change.added.len()), (ObjectChange::Created, 2));
        let object = merged(None, &wanted());
        assert_eq!(object["metadata"], json!({"name": "b", "namespace": "a"}));
        assert_eq!(
            SecretChange::between(Some(&StoredSecret::of(&object)), &wanted()).change(),
            ObjectChange::Unchanged
        );
    }

    #[test]
    fn nothing_shows_the_values() {
        let shown = format!("{:?} {:?}", StoredSecret::of(&live()), wanted());
        assert!(!shown.contains("old") && !shown.contains("111, 108, 100"), "{shown}");
    }
}
