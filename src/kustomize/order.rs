//! The order of the result: by kind, namespaces and definitions first, webhooks last.

use std::collections::HashMap;

use super::file::Order;
use super::resource::Resource;

const FIRST: [&str; 22] = [
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
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Where the classic order puts a kind of Kubernetes' own; any other comes last.
pub(crate) fn classic_rank(kind: &str) -> usize {
    FIRST.iter().position(|first| *first == kind).unwrap_or(FIRST.len())
}

/// Sorts as the kustomization file asks; by kind if it does not say.
pub(super) fn sort(resources: &mut [Resource], order: Option<&Order>) {
    let owned = |list: &[&str]| list.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>();
    let (first, last) = match order {
        Some(Order::Fifo) => return,
        Some(Order::Legacy { first: Some(first), last }) => (first.clone(), last.clone().unwrap_or_default()),
        _ => (owned(&FIRST), owned(&LAST)),
    };
    let mut ranks: HashMap<&str, i64> = HashMap::new();
    let at = |index: usize| i64::try_from(index).unwrap_or(i64::MAX);
    for (index, kind) in first.iter().enumerate() {
        ranks.insert(kind, at(index) - at(first.len()));
    }
    for (index, kind) in last.iter().enumerate() {
        ranks.insert(kind, 1 + at(index));
    }
    resources.sort_by_cached_key(|resource| {
        let (group, version) = resource.group_version();
        let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
        let kind = resource.kind();
        // The namespaces of Kubernetes itself come before those that other APIs call so.
        let type_name = if kind == "Namespace" && group.is_empty() {
            String::new()
        } else {
            format!("{}_{}_{}", or(group, "~G"), or(version, "~V"), or(kind, "~K"))
        };
        let name = format!("{}|{}", or(resource.namespace(), "~X"), or(resource.name(), "~N"));
        (ranks.get(kind).copied().unwrap_or(0), type_name, name)
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(api_version: &str, kind: &str, name: &str) -> Resource {
        Resource::new(json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}))
    }

    fn sorted(order: Option<&Order>) -> Vec<String> {
        let mut resources = vec![
            resource("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "w"),
            resource("apps/v1", "Deployment", "b"),
            resource("example.com/v1", "Thing", "t"),
            resource("apps/v1", "Deployment", "a"),
            resource("v1", "Namespace", "n"),
        ];
        sort(&mut resources, order);
        resources.iter().map(|resource| resource.name().to_owned()).collect()
    }

    #[test]
    fn namespaces_first_webhooks_last() {
        assert_eq!(sorted(None), ["n", "a", "b", "t", "w"]);
        assert_eq!(sorted(Some(&Order::Fifo)), ["w", "b", "t", "a", "n"]);
        let order = Order::Legacy { first: Some(vec!["Thing".into()]), last: Some(vec!["Namespace".into()]) };
        assert_eq!(sorted(Some(&order)), ["t", "w", "a", "b", "n"]);
    }
}
