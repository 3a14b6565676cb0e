//! Which kinds come first and last.

/// Kinds that come before all others.
pub(super) const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
/// Kinds that come behind all others.
pub(super) const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Where the classic order puts a kind of Kubernetes' own; any other comes last.
pub(crate) fn classic_rank(kind: &str) -> usize {
    FIRST.iter().position(|first| *first == kind).unwrap_or(FIRST.len())
}

/// The place of a kind among others, by kustomize's own order; empty parts come behind all others.
pub(super) fn by_kind(group: &str, version: &str, kind: &str) -> (i64, String) {
    let at = |index: usize| i64::try_from(index).unwrap_or(i64::MAX);
    let first = FIRST.iter().position(|first| *first == kind).map(|index| at(index) - at(FIRST.len()));
    let last = LAST.iter().position(|last| *last == kind).map(|index| at(index) + 1);
    (first.or(last).unwrap_or(0), type_name(group, version, kind))
}

/// Group, version and kind as one text to sort by.
pub(super) fn type_name(group: &str, version: &str, kind: &str) -> String {
    format!("{}_{}_{}", or(group, "~G"), or(version, "~V"), or(kind, "~K"))
}

/// A text, or another where it is empty.
pub(super) fn or(text: &str, none: &str) -> String {
    if text.is_empty() { none.to_owned() } else { text.to_owned() }
}
