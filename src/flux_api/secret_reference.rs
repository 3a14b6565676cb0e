//! Which objects refer to a Secret of their namespace, in whatever field.

use serde_json::Value;

/// The kinds in whose objects references are looked for, with their versions.
pub(crate) const KINDS: [(&str, &str); 16] = [
    ("source.toolkit.fluxcd.io/v1", "GitRepository"),
    ("source.toolkit.fluxcd.io/v1", "OCIRepository"),
    ("source.toolkit.fluxcd.io/v1", "HelmRepository"),
    ("source.toolkit.fluxcd.io/v1", "Bucket"),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
    ("notification.toolkit.fluxcd.io/v1beta3", "Provider"),
    ("notification.toolkit.fluxcd.io/v1", "Receiver"),
    ("image.toolkit.fluxcd.io/v1", "ImageRepository"),
    ("image.toolkit.fluxcd.io/v1", "ImageUpdateAutomation"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "CronJob"),
    ("v1", "ServiceAccount"),
    ("v1", "Pod"),
];

/// Whether an object refers to the Secret of this name.
pub(crate) fn refers_to(object: &Value, secret: &str) -> bool {
    let Some(fields) = object.as_object() else { return false };
    fields.iter().any(|(field, value)| !matches!(field.as_str(), "metadata" | "status") && holds(field, value, secret))
}

fn holds(field: &str, value: &Value, secret: &str) -> bool {
    match value {
        Value::Object(fields) => {
            let is_named = fields.get("name").is_some_and(|name| name == secret);
            let is_reference = is_about_secrets(field) || fields.get("kind").is_some_and(|kind| kind == "Secret");
            is_named && is_reference || fields.iter().any(|(field, value)| holds(field, value, secret))
        }
        Value::Array(items) => items.iter().any(|item| holds(field, item, secret)),
        text => field.eq_ignore_ascii_case("secretName") && text == secret,
    }
}

fn is_about_secrets(field: &str) -> bool {
    field.to_ascii_lowercase().contains("secret")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_found_wherever_they_stand() {
        let pod = |value: Value| json!({"spec": {"template": {"spec": value}}});
        for object in [
            json!({"spec": {"secretRef": {"name": "flux-system"}}}),
            json!({"spec": {"decryption": {"provider": "sops", "secretRef": {"name": "flux-system"}}}}),
            json!({"spec": {"valuesFrom": [{"kind": "Secret", "name": "flux-system"}]}}),
            json!({"imagePullSecrets": [{"name": "other"}, {"name": "flux-system"}]}),
            pod(json!({"volumes": [{"name": "a", "secret": {"secretName": "flux-system"}}]})),
            pod(
                json!({"containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "flux-system", "key": "a"}}}]}]}),
            ),
            pod(json!({"containers": [{"envFrom": [{"secretRef": {"name": "flux-system"}}]}]})),
        ] {
            assert!(refers_to(&object, "flux-system"), "{object}");
            assert!(!refers_to(&object, "another"), "{object}");
        }
        for object in [
            json!({"metadata": {"name": "flux-system", "annotations": {"secret": "flux-system"}}}),
            json!({"spec": {"sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}),
            json!({"spec": {"serviceAccountName": "flux-system"}}),
        ] {
            assert!(!refers_to(&object, "flux-system"), "{object}");
        }
    }
}
