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
}
