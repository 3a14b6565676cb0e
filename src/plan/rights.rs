//! The rights that writing objects takes. Pure.

use serde_json::Value;

use crate::domain::access::Access;
use crate::domain::object_ref::ObjectRef;
use crate::domain::object_set::ObjectSet;

/// The rights that applying these objects takes; with `secrets_in`, also for writing Secrets in that namespace, and with
/// `reconcile_in` for asking its GitRepository to be looked at. Each once.
pub(crate) fn to_apply(objects: &[Value], secrets_in: Option<&str>, reconcile_in: Option<&str>) -> Vec<Access> {
    let mut rights: Vec<Access> = Vec::new();
    let mut want = |access: Access| {
        if !rights.contains(&access) {
            rights.push(access);
        }
    };
    for object in objects.iter().filter_map(ObjectRef::of) {
        // Server-side apply is a patch; an object that does not exist yet needs create as well.
        for verb in ["create", "patch"] {
            want(right(verb, object.group(), &plural(&object.kind), object.namespace.as_deref()));
        }
    }
    for verb in ["get", "create", "patch"].into_iter().filter(|_| secrets_in.is_some()) {
        want(right(verb, "", "secrets", secrets_in));
    }
    if reconcile_in.is_some() {
        want(right("patch", "source.toolkit.fluxcd.io", "gitrepositories", reconcile_in));
    }
    rights
}

/// The rights that changing objects which exist takes.
pub(crate) fn to_patch<'a>(objects: impl Iterator<Item = &'a ObjectRef>) -> Vec<Access> {
    with_verb("patch", objects)
}

/// The rights that deleting objects takes.
pub(crate) fn to_delete<'a>(objects: impl Iterator<Item = &'a ObjectRef>) -> Vec<Access> {
    with_verb("delete", objects)
}

fn with_verb<'a>(verb: &'static str, objects: impl Iterator<Item = &'a ObjectRef>) -> Vec<Access> {
    let mut rights: Vec<Access> = Vec::new();
    for object in objects {
        let right = right(verb, object.group(), &plural(&object.kind), object.namespace.as_deref());
        if !rights.contains(&right) {
            rights.push(right);
        }
    }
    rights
}

/// The rights that changing the objects of sets takes.
pub(crate) fn to_patch_sets<'a>(sets: impl Iterator<Item = &'a ObjectSet>) -> Vec<Access> {
    let mut rights: Vec<Access> = Vec::new();
    for set in sets {
        let right = right("patch", set.group(), &plural(&set.kind), set.namespace.as_deref());
        if !rights.contains(&right) {
            rights.push(right);
        }
    }
    rights
}

/// The rights that a rotation takes, with these verbs for Secrets.
pub(crate) fn to_rotate(namespace: &str, verbs: &[&'static str]) -> Vec<Access> {
    let own = Some(namespace);
    let secrets = ["get"].iter().chain(verbs).map(|verb| right(verb, "", "secrets", own));
    let sources = ["get", "patch"].map(|verb| right(verb, "source.toolkit.fluxcd.io", "gitrepositories", own));
    secrets.chain(sources).collect()
}

/// The rights that looking at a cluster takes, in the namespace of Flux.
pub(crate) fn to_look(namespace: &str) -> Vec<Access> {
    let own = Some(namespace);
    vec![
        right("get", "", "namespaces", None),
        right("get", "apiextensions.k8s.io", "customresourcedefinitions", None),
        right("get", "", "secrets", own),
        right("list", "apps", "deployments", own),
        right("get", "source.toolkit.fluxcd.io", "gitrepositories", own),
        right("get", "kustomize.toolkit.fluxcd.io", "kustomizations", own),
    ]
}

fn right(verb: &'static str, group: &str, resource: &str, namespace: Option<&str>) -> Access {
    Access {
        verb,
        group: group.to_owned(),
        resource: resource.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: None,
    }
}

/// The plural of a kind, by the rule that Kubernetes' own kinds and Flux's follow.
pub fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.as_bytes() {
        [.., b'y'] => format!("{}ies", &lower[..lower.len() - 1]),
        [.., b's' | b'x'] => format!("{lower}es"),
        _ => format!("{lower}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_of_the_kinds_in_use() {
        for (kind, expected) in [
            ("NetworkPolicy", "networkpolicies"),
            ("GitRepository", "gitrepositories"),
            ("Deployment", "deployments"),
            ("ClusterRoleBinding", "clusterrolebindings"),
            ("ResourceQuota", "resourcequotas"),
            ("IngressClass", "ingressclasses"),
        ] {
            assert_eq!(plural(kind), expected);
        }
    }
}
