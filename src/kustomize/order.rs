//! The order of the result: by kind, namespaces and definitions first, webhooks last.

use std::collections::HashMap;

use super::file::Order;
use super::kind_order::{FIRST, LAST, or, type_name};
use super::resource::Resource;

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
        let kind = resource.kind();
        // The namespaces of Kubernetes itself come before those that other APIs call so.
        let type_name =
            if kind == "Namespace" && group.is_empty() { String::new() } else { type_name(group, version, kind) };
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
