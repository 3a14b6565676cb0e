//! In which order objects are applied. Pure.

use serde_json::Value;

/// The kinds that others refer to, in the order in which Flux applies them; kinds of no list come between.
const FIRST: &[&str] = &[
    "CustomResourceDefinition",
    "Namespace",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// The kinds that can stand in the way of others.
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The kinds of the first stage.
const DEFINITIONS: &[&str] = &["CustomResourceDefinition", "Namespace", "ClusterRole"];

/// The objects of a set, split into the two stages of an apply and sorted within each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stages {
    /// CustomResourceDefinitions, Namespaces and ClusterRoles: what the rest refers to.
    pub definitions: Vec<Value>,
    /// Everything else.
    pub rest: Vec<Value>,
}

/// Splits and sorts objects: by kind, then namespace, then name.
pub(crate) fn stages(objects: &[Value]) -> Stages {
    let mut sorted = objects.to_vec();
    sorted.sort_by_cached_key(|object| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let kind = text(&object["kind"]);
        (rank(&kind), kind, text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]))
    });
    let (definitions, rest) = sorted.into_iter().partition(is_definition);
    Stages { definitions, rest }
}

/// Objects of one wave need nothing of each other, so they are applied at the same time: what others refer to, what refers to
/// roles and accounts, what runs and all other kinds, and what can stand in the way. ClusterRoles are of the stage before, so
/// that their bindings wait for nothing, and most sets have no second wave.
pub(crate) fn wave(kind: &str) -> usize {
    let rank = rank(kind);
    match kind {
        "RoleBinding" | "Secret" => 1,
        _ if rank >= FIRST.len() => 2 + rank - FIRST.len(),
        _ if rank >= self::rank("Deployment") => 2,
        _ => 0,
    }
}

/// Whether an object belongs to the first stage.
fn is_definition(object: &Value) -> bool {
    object["kind"].as_str().is_some_and(|kind| DEFINITIONS.contains(&kind))
}

/// A kind's place in the order; kinds of the same rank may be applied at the same time.
pub(crate) fn rank(kind: &str) -> usize {
    let position = |list: &[&str]| list.iter().position(|other| *other == kind);
    match (position(FIRST), position(LAST)) {
        (Some(position), _) => position,
        (None, None) => FIRST.len(),
        (None, Some(position)) => FIRST.len() + 1 + position,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn definitions_come_first_and_webhooks_last() {
        let object = |kind: &str, name: &str| json!({"kind": kind, "metadata": {"name": name, "namespace": "a"}});
        let objects = [
            object("ValidatingWebhookConfiguration", "v"),
            object("Kustomization", "k"),
            object("Deployment", "b"),
            object("Deployment", "a"),
            object("ClusterRole", "r"),
            object("Secret", "s"),
            object("Namespace", "a"),
            object("CustomResourceDefinition", "c"),
        ];
        let stages = stages(&objects);
        let names = |objects: &[Value]| {
            objects.iter().map(|object| object["metadata"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&stages.definitions), ["c", "a", "r"]);
        assert_eq!(names(&stages.rest), ["s", "a", "b", "k", "v"]);
    }

    #[test]
    fn a_wave_holds_nothing_that_another_kind_of_it_refers_to() {
        for (before, after) in [
            ("Role", "RoleBinding"),
            ("ServiceAccount", "Secret"),
            ("Secret", "Deployment"),
            ("ServiceAccount", "Pod"),
            ("ConfigMap", "Job"),
            ("ResourceQuota", "Deployment"),
        ] {
            assert!(wave(before) < wave(after), "{before} before {after}");
        }
        let waves = ["ClusterRoleBinding", "Service", "Deployment", "NetworkPolicy", "Kustomization"].map(wave);
        assert_eq!(waves, [0, 0, 2, 2, 2]);
        assert_eq!(LAST.iter().map(|kind| wave(kind)).collect::<Vec<_>>(), [3, 4]);
    }
}
