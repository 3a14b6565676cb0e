//! Secrets that a Flux object refers to beside the source secret, and that do not exist.

use serde_json::Value;

use crate::cluster::Cluster;
use crate::domain::object_ref::ObjectRef;
use crate::domain::server_text::printable;

/// Where an object names a Secret, how that is called, and what the Secret must hold.
const REFERENCES: [(&str, &str, &str); 3] = [
    (
        "/spec/decryption/secretRef/name",
        "spec.decryption",
        "an age key as `<name>.agekey`, an OpenPGP key as `<name>.asc`, or a cloud's credentials as `sops.<service>`",
    ),
    (
        "/spec/proxySecretRef/name",
        "spec.proxySecretRef",
        "the proxy's `address`, and perhaps `username` and `password`: give it with --source-proxy-file",
    ),
    ("/spec/verify/secretRef/name", "spec.verify", "the public key of each trusted author as `<name>.asc`"),
];

impl Cluster {
    /// The missing ones, as `` secret `a/b` of `spec.decryption` does not exist; it must hold ... ``. What may not be seen is
    /// not missing.
    pub(super) async fn missing_secrets(&self, object: Option<&Value>) -> Vec<String> {
        let mut missing = Vec::new();
        for (namespace, name, field, content) in references(object) {
            if let Ok(None) = self.get(&ObjectRef::namespaced("v1", "Secret", namespace, name)).await {
                let secret = printable(&format!("{namespace}/{name}"));
                missing.push(format!("secret `{secret}` of `{field}` does not exist; it must hold {content}"));
            }
        }
        missing
    }
}

/// Namespace, name, field and content of each.
fn references(object: Option<&Value>) -> Vec<(&str, &str, &'static str, &'static str)> {
    let Some(object) = object else { return Vec::new() };
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let named = |(pointer, field, content): (&str, &'static str, &'static str)| {
        Some((namespace, object.pointer(pointer)?.as_str()?, field, content))
    };
    REFERENCES.into_iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_for_decryption_and_verification_are_known_by_their_fields() {
        let object = json!({"metadata": {"namespace": "flux-system"},
            "spec": {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}, "secretRef": {"name": "flux-system"}}});
        let found = references(Some(&object));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0, found[0].1, found[0].2), ("flux-system", "sops-age", "spec.decryption"));
        let object = json!({"metadata": {"namespace": "a"}, "spec": {"verify": {"mode": "HEAD", "secretRef": {"name": "authors"}}}});
        assert_eq!(references(Some(&object))[0].1, "authors");
        assert!(references(None).is_empty());
    }
}
