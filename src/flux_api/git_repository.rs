//! `GitRepository`: where the cluster syncs from.

use serde_json::Value;

use crate::domain::flux::FluxKind;
use crate::domain::object_id::CommitId;

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

/// What of the repository a GitRepository follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed<'a> {
    /// A branch, without `refs/heads/`.
    Branch(&'a str),
    /// A tag, a range of versions, a commit, or another reference.
    Other,
}

/// `spec.ref`, by the order in which source-controller looks at its parts: `commit`, `name`, `semver`, `tag`, `branch`.
pub(crate) fn followed(object: &Value) -> Followed<'_> {
    let part = |key: &str| object["spec"]["ref"][key].as_str().filter(|text| !text.is_empty());
    if part("commit").is_some() {
        return Followed::Other;
    }
    if let Some(name) = part("name") {
        return name.strip_prefix("refs/heads/").map_or(Followed::Other, Followed::Branch);
    }
    match (part("semver").or_else(|| part("tag")), part("branch")) {
        (Some(_), _) => Followed::Other,
        (None, Some(branch)) => Followed::Branch(branch),
        (None, None) => Followed::Branch("master"),
    }
}

/// `spec.provider`, unless it is the one that signs in by a Secret.
pub(crate) fn provider(object: &Value) -> Option<&str> {
    object["spec"]["provider"].as_str().filter(|provider| !["", "generic"].contains(provider))
}

/// `spec.suspend`.
pub(crate) fn is_suspended(object: &Value) -> bool {
    object["spec"]["suspend"] == true
}

/// The commit of `status.artifact.revision`; none before the first fetch.
pub(crate) fn artifact_commit(object: &Value) -> Option<CommitId> {
    let (_, commit) = artifact_revision(object)?.rsplit_once("sha1:")?;
    commit.parse().ok()
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
    fn what_is_followed_goes_by_the_controllers_order() {
        for (reference, expected) in [
            (json!({}), Followed::Branch("master")),
            (json!({"branch": "main"}), Followed::Branch("main")),
            (json!({"branch": "main", "tag": "v1"}), Followed::Other),
            (json!({"branch": "main", "semver": ">=1"}), Followed::Other),
            (json!({"branch": "main", "commit": "abc"}), Followed::Other),
            (json!({"branch": "main", "name": "refs/heads/next"}), Followed::Branch("next")),
            (json!({"name": "refs/pull/1/head"}), Followed::Other),
        ] {
            assert_eq!(followed(&json!({"spec": {"ref": reference}})), expected, "{reference}");
        }
    }

    #[test]
    fn a_revision_names_its_commit() {
        let at = |revision: &str| artifact_commit(&json!({"status": {"artifact": {"revision": revision}}}));
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(at(&format!("main@sha1:{commit}")).map(|id| id.to_string()).as_deref(), Some(commit));
        assert_eq!(at(&format!("sha1:{commit}")).map(|id| id.to_string()).as_deref(), Some(commit));
        assert_eq!(at("main@sha256:00"), None);
    }

    #[test]
    fn references_read_in_words() {
        assert_eq!(reference(&json!({"spec": {"ref": {"branch": "main"}}})), "branch `main`");
        assert_eq!(reference(&json!({"spec": {"ref": {"tag": "v1", "branch": "b"}}})), "branch `b`, tag `v1`");
        assert_eq!(reference(&json!({"spec": {}})), "branch `master`");
    }
}
