//! Secrets of the cluster: as they are, as they shall be, and what lies between. Their values are never shown.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::domain::config::Secret;
use crate::domain::event::ObjectChange;

/// The label of a Secret that holds the cluster's own credential, and not that of a run.
pub(crate) const OWN: (&str, &str) = ("flux-bootstrap/credential", "cluster");

/// Before the names of keys in which a Secret keeps the credential that a rotation has replaced, until the new one is proven. The
/// controllers do not look at them, and one update writes the new one and keeps the old one, or takes it back.
const BEFORE: &str = "flux-bootstrap.before.";

/// A Secret as the cluster holds it.
#[derive(Clone, Debug, Default)]
pub struct StoredSecret {
    /// `Opaque`, `kubernetes.io/dockerconfigjson`, ...
    pub kind: String,
    /// The API server refuses every change of its content.
    pub immutable: bool,
    /// The tool that makes it and would make it anew, for people; none where a person or a bootstrap wrote it.
    pub owner: Option<String>,
    /// It holds the cluster's own credential, as [`OWN`] says, which runs with another one leave alone.
    pub own: bool,
    /// The content by key, decoded.
    pub keys: BTreeMap<String, Secret<Vec<u8>>>,
    /// What it held before a rotation that is not proven yet, by the same keys; empty where none is under way.
    pub before: BTreeMap<String, Secret<Vec<u8>>>,
}

/// A Secret as it shall be.
#[derive(Clone, Debug, Default)]
pub struct SecretWrite {
    /// Where it is written; the namespace exists by then.
    pub namespace: String,
    /// A DNS subdomain (RFC 1123).
    pub name: String,
    /// Its type, for a new one: `Opaque`, ...
    pub kind: String,
    /// The keys to set.
    pub keys: BTreeMap<String, Secret<Vec<u8>>>,
    /// The keys that are ours: those of them that are not set are removed.
    pub owned: Vec<String>,
    /// It is marked as holding the cluster's own credential; else such a mark is taken off.
    pub own: bool,
    /// What is kept in it besides, of a credential that this one replaces; whatever else was kept so goes.
    pub before: BTreeMap<String, Secret<Vec<u8>>>,
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
    /// The mark of the cluster's own credential comes or goes.
    pub mark: bool,
}

impl SecretChange {
    /// What writing `wanted` over `stored` changes; what is kept of a credential before is no part of it. Pure.
    pub fn between(stored: Option<&StoredSecret>, wanted: &SecretWrite) -> Self {
        let Some(stored) = stored else {
            return Self { created: true, added: wanted.keys.keys().cloned().collect(), ..Self::default() };
        };
        let mut change = Self { mark: stored.own != wanted.own, ..Self::default() };
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
        } else if self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty() && !self.mark {
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
        let (mut keys, mut before) = (BTreeMap::new(), BTreeMap::new());
        for (key, value) in data {
            match key.strip_prefix(BEFORE) {
                Some(key) => before.insert(key.to_owned(), decoded(value)),
                None => keys.insert(key.clone(), decoded(value)),
            };
        }
        Self {
            kind: text(&object["type"]),
            immutable,
            owner: owner(object),
            own: object["metadata"]["labels"][OWN.0] == OWN.1,
            keys,
            before,
        }
    }
}

/// What is told of a Secret, `namespace/name`, that holds a credential before, and of what this run does about it.
pub(crate) fn unproven(secret: &str, next: &str) -> String {
    format!(
        "an earlier rotation has written a credential into secret `{secret}` and ended before the cluster had read the repository with it; {next}"
    )
}

/// Whether a key of a Secret belongs to the credential before.
pub(crate) fn is_before(key: &str) -> bool {
    key.starts_with(BEFORE)
}

/// The key that has the value that another one had before.
pub(crate) fn before_key(key: &str) -> String {
    format!("{BEFORE}{key}")
}

/// The tool that owns a Secret, by the marks that such tools leave: a controller reference; the labels and annotations of
/// External Secrets, Sealed Secrets, the secrets store driver, Helm, and of Flux itself, which decrypts SOPS files.
fn owner(object: &Value) -> Option<String> {
    let metadata = &object["metadata"];
    let references = metadata["ownerReferences"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(reference) = references.into_iter().find(|reference| reference["controller"] == true) {
        return Some(format!("{} `{}`", text(&reference["kind"])?, text(&reference["name"])?));
    }
    let label = |name: &str| text(&metadata["labels"][name]).filter(|value| !value.is_empty());
    let annotation = |name: &str| text(&metadata["annotations"][name]);
    if label("reconcile.external-secrets.io/managed").as_deref() == Some("true") {
        return Some("External Secrets".to_owned());
    }
    if label("secrets-store.csi.k8s.io/managed").as_deref() == Some("true") {
        return Some("the Secrets Store CSI driver".to_owned());
    }
    if annotation("sealedsecrets.bitnami.com/managed").is_some() {
        return Some("Sealed Secrets".to_owned());
    }
    if let Some(release) = annotation("meta.helm.sh/release-name") {
        return Some(format!("the Helm release `{release}`"));
    }
    if let Some(name) = label("kustomize.toolkit.fluxcd.io/name") {
        return Some(format!("the Flux Kustomization `{name}`"));
    }
    label("app.kubernetes.io/managed-by").filter(|tool| tool != "flux").map(|tool| format!("`{tool}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_before_of_a_credential_before_is_none_of_a_secret_s_keys() {
        let data = json!({"password": "bmV3", before_key("password"): "b2xk", before_key("ca.crt"): "Y2E="});
        let stored = StoredSecret::of(&json!({"data": data}));
        assert_eq!(stored.keys.keys().collect::<Vec<_>>(), ["password"]);
        assert_eq!(stored.before["password"].expose(), b"old");
        assert_eq!(stored.before.len(), 2);
    }

    #[test]
    fn the_tools_that_own_a_secret_are_known_by_their_marks() {
        let owned = |metadata: Value| StoredSecret::of(&json!({"metadata": metadata})).owner;
        for (metadata, expected) in [
            (json!({}), None),
            (json!({"labels": {"app.kubernetes.io/managed-by": "flux"}}), None),
            (json!({"ownerReferences": [{"kind": "Node", "name": "n"}]}), None),
            (
                json!({"ownerReferences": [{"kind": "ExternalSecret", "name": "git", "controller": true}]}),
                Some("ExternalSecret `git`"),
            ),
            (json!({"labels": {"reconcile.external-secrets.io/managed": "true"}}), Some("External Secrets")),
            (json!({"annotations": {"sealedsecrets.bitnami.com/managed": "true"}}), Some("Sealed Secrets")),
            (json!({"annotations": {"meta.helm.sh/release-name": "r"}}), Some("the Helm release `r`")),
            (json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "infra"}}), Some("the Flux Kustomization `infra`")),
            (json!({"labels": {"app.kubernetes.io/managed-by": "Terraform"}}), Some("`Terraform`")),
        ] {
            assert_eq!(owned(metadata.clone()).as_deref(), expected, "{metadata}");
        }
    }
}
