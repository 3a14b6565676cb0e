//! `GitRepository`: where the cluster syncs from.

use serde_json::Value;

use crate::domain::flux::FluxKind;

/// Group and version.
pub(crate) const API_VERSION: &str = FluxKind::GitRepository.api_version();
/// As `kind` of objects has it.
pub(crate) const KIND: &str = FluxKind::GitRepository.name();
/// The name of the CustomResourceDefinition.
pub(crate) const CRD: &str = "gitrepositories.source.toolkit.fluxcd.io";

/// `spec.url`.
pub(crate) fn url(object: &Value) -> Option<&str> {
    object["spec"]["url"].as_str()
}

/// `spec.ref` in words: `branch `main``, `tag `v1``, ...; all its parts, sorted.
pub(crate) fn reference(object: &Value) -> String {
    let mut parts: Vec<String> = object["spec"]["ref"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some(format!("{key} `{}`", value.as_str()?)))
        .collect();
    parts.sort();
    // Without a ref, source-controller takes this branch.
    if parts.is_empty() { "branch `master`".to_owned() } else { parts.join(", ") }
}

/// `spec.secretRef.name`.
pub(crate) fn secret(object: &Value) -> Option<&str> {
    object["spec"]["secretRef"]["name"].as_str()
}

/// `spec.ignore`.
pub(crate) fn ignore(object: &Value) -> Option<&str> {
    object["spec"]["ignore"].as_str()
}

/// `status.artifact.revision`.
pub(crate) fn artifact_revision(object: &Value) -> Option<&str> {
    object["status"]["artifact"]["revision"].as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_read_in_words() {
        assert_eq!(reference(&json!({"spec": {"ref": {"branch": "main"}}})), "branch `main`");
        assert_eq!(reference(&json!({"spec": {"ref": {"tag": "v1", "branch": "b"}}})), "branch `b`, tag `v1`");
        assert_eq!(reference(&json!({"spec": {}})), "branch `master`");
    }
}
