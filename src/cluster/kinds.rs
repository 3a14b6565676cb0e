//! Under which path the API server serves a kind.
//!
//! The kinds that Flux itself consists of are known without asking; any other costs one request for its group
//! and version, remembered for the run. Kinds that are not found are asked for again, since they may appear
//! when a CustomResourceDefinition was applied.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::domain::object_ref::ObjectRef;

/// How a kind is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// The plural, as in `deployments`.
    pub(crate) plural: String,
    /// Whether its objects live in namespaces.
    pub(crate) namespaced: bool,
}

/// Kinds whose place in the API is a fact: (apiVersion, kind, plural, namespaced).
const KNOWN: &[(&str, &str, &str, bool)] = &[
    ("v1", "ConfigMap", "configmaps", true),
    ("v1", "Event", "events", true),
    ("v1", "LimitRange", "limitranges", true),
    ("v1", "Namespace", "namespaces", false),
    ("v1", "Pod", "pods", true),
    ("v1", "ResourceQuota", "resourcequotas", true),
    ("v1", "Secret", "secrets", true),
    ("v1", "Service", "services", true),
    ("v1", "ServiceAccount", "serviceaccounts", true),
    ("apps/v1", "Deployment", "deployments", true),
    ("apps/v1", "ReplicaSet", "replicasets", true),
    ("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", true),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", false),
    ("rbac.authorization.k8s.io/v1", "Role", "roles", true),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", true),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false),
    ("source.toolkit.fluxcd.io/v1", "GitRepository", "gitrepositories", true),
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "kustomizations", true),
];

/// The kinds seen so far.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    discovered: Mutex<HashMap<(String, String), Resource>>,
}

impl Kinds {
    /// How a kind is served, if that is known without asking.
    pub(crate) fn known(&self, api_version: &str, kind: &str) -> Option<Resource> {
        if let Some((_, _, plural, namespaced)) = KNOWN.iter().find(|known| (known.0, known.1) == (api_version, kind)) {
            return Some(Resource { plural: (*plural).to_owned(), namespaced: *namespaced });
        }
        let discovered = self.discovered.lock().unwrap_or_else(PoisonError::into_inner);
        discovered.get(&(api_version.to_owned(), kind.to_owned())).cloned()
    }

    /// Remembers what the server answered to [`discovery_path`].
    pub(crate) fn learn(&self, api_version: &str, answer: &Value) {
        let mut discovered = self.discovered.lock().unwrap_or_else(PoisonError::into_inner);
        for resource in answer["resources"].as_array().into_iter().flatten() {
            let (Some(plural), Some(kind)) = (resource["name"].as_str(), resource["kind"].as_str()) else { continue };
            // `deployments/status` and the like are subresources.
            if !plural.contains('/') {
                let namespaced = resource["namespaced"].as_bool().unwrap_or(false);
                let resource = Resource { plural: plural.to_owned(), namespaced };
                discovered.insert((api_version.to_owned(), kind.to_owned()), resource);
            }
        }
    }
}

/// Where the server lists the kinds of a group and version.
pub(crate) fn discovery_path(api_version: &str) -> String {
    if api_version.contains('/') { format!("/apis/{api_version}") } else { format!("/api/{api_version}") }
}

/// The path of a kind's objects, in one namespace or all.
pub(crate) fn collection_path(api_version: &str, resource: &Resource, namespace: Option<&str>) -> String {
    let base = discovery_path(api_version);
    match namespace.filter(|_| resource.namespaced) {
        Some(namespace) => format!("{base}/namespaces/{}/{}", encoded(namespace), resource.plural),
        None => format!("{base}/{}", resource.plural),
    }
}

/// The path of one object. An object of a namespaced kind without a namespace is taken to be in `default`, as
/// kubectl does.
pub(crate) fn object_path(object: &ObjectRef, resource: &Resource) -> String {
    let namespace = object.namespace.as_deref().unwrap_or("default");
    format!("{}/{}", collection_path(&object.api_version, resource, Some(namespace)), encoded(&object.name))
}

/// One path segment or query value.
pub(crate) fn encoded(text: &str) -> String {
    const RESERVED: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_follow_group_scope_and_namespace() {
        let kinds = Kinds::default();
        let path = |object: &ObjectRef| object_path(object, &kinds.known(&object.api_version, &object.kind).unwrap());
        assert_eq!(path(&ObjectRef::namespaced("v1", "Secret", "a", "b")), "/api/v1/namespaces/a/secrets/b");
        assert_eq!(path(&ObjectRef::cluster_wide("v1", "Namespace", "b")), "/api/v1/namespaces/b");
        assert_eq!(
            path(&ObjectRef::cluster_wide("rbac.authorization.k8s.io/v1", "ClusterRole", "a:b/c")),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab%2Fc"
        );
    }

    #[test]
    fn other_kinds_are_learned_once_the_server_serves_them() {
        let kinds = Kinds::default();
        assert_eq!(kinds.known("a.io/v1", "Widget"), None);
        kinds.learn(
            "a.io/v1",
            &json!({"resources": [
                {"name": "widgets/status", "kind": "Widget", "namespaced": true},
                {"name": "widgets", "kind": "Widget", "namespaced": true},
            ]}),
        );
        let widgets = Resource { plural: "widgets".into(), namespaced: true };
        assert_eq!(kinds.known("a.io/v1", "Widget"), Some(widgets));
    }
}
