//! `Kustomization`: what the cluster syncs, and what of it is applied.

use serde_json::Value;

use crate::domain::flux::FluxKind;
use crate::domain::object_ref::ObjectRef;

/// Group and version.
pub(crate) const API_VERSION: &str = FluxKind::Kustomization.api_version();
/// As `kind` of objects has it.
pub(crate) const KIND: &str = FluxKind::Kustomization.name();

/// The name of the CustomResourceDefinition.
pub(crate) const CRD: &str = "kustomizations.kustomize.toolkit.fluxcd.io";

/// Kind and name of `spec.sourceRef`.
pub(crate) fn source(object: &Value) -> (&str, &str) {
    let text = |field: &str| object["spec"]["sourceRef"][field].as_str().unwrap_or_default();
    (text("kind"), text("name"))
}

/// `spec.path`.
pub(crate) fn path(object: &Value) -> Option<&str> {
    object["spec"]["path"].as_str()
}

/// `status.lastAppliedRevision`, unless empty.
pub(crate) fn applied_revision(object: &Value) -> Option<&str> {
    object["status"]["lastAppliedRevision"].as_str().filter(|revision| !revision.is_empty())
}

/// Whether the condition Ready is True for the current generation.
pub(crate) fn is_ready(object: &Value) -> bool {
    let current = object["status"]["observedGeneration"] == object["metadata"]["generation"];
    let conditions = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    current && conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// An object that the last apply wrote: `status.inventory.entries`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InventoryEntry {
    /// The namespace; empty at cluster scope.
    pub namespace: String,
    /// The second part of the entry's `id`.
    pub name: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The last part of the entry's `id`.
    pub kind: String,
    /// The version in which it was applied: the entry's `v`.
    pub version: String,
}

impl InventoryEntry {
    /// The object's coordinates.
    pub(crate) fn object(&self) -> ObjectRef {
        let Self { namespace, name, group, kind, version } = self;
        let api_version = if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
        let namespace = (!namespace.is_empty()).then(|| namespace.clone());
        ObjectRef { api_version, kind: kind.clone(), namespace, name: name.clone() }
    }
}

/// The inventory: every object that the Kustomization owns and would prune. Ids are
/// `<namespace>_<name>_<group>_<kind>`.
pub(crate) fn inventory(object: &Value) -> Vec<InventoryEntry> {
    let entries = object["status"]["inventory"]["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let version = |entry: &Value| entry["v"].as_str().unwrap_or_default().to_owned();
    entries.iter().filter_map(|entry| parse_id(entry["id"].as_str()?, version(entry))).collect()
}

/// The names of the inventory's Deployments in a namespace.
pub(crate) fn inventory_deployments(object: &Value, namespace: &str) -> Vec<String> {
    let entries = inventory(object).into_iter();
    entries.filter(|entry| entry.kind == "Deployment" && entry.namespace == namespace).map(|entry| entry.name).collect()
}

fn parse_id(id: &str, version: String) -> Option<InventoryEntry> {
    // Names may hold colons encoded as `__`; group and kind never hold an underscore.
    let mut parts = id.rsplitn(3, '_');
    let (kind, group, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (namespace, name) = rest.split_once('_')?;
    Some(InventoryEntry {
        namespace: namespace.to_owned(),
        name: name.replace("__", ":"),
        group: group.to_owned(),
        kind: kind.to_owned(),
        version,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inventories_are_read() {
        let object = json!({"status": {"inventory": {"entries": [
            {"id": "flux-system_source-controller_apps_Deployment", "v": "v1"},
            {"id": "_flux-system__Namespace", "v": "v1"},
            {"id": "_system__flux_rbac.authorization.k8s.io_ClusterRole", "v": "v1"},
        ]}}});
        let entries = inventory(&object);
        assert_eq!(entries[0].name, "source-controller");
        assert_eq!(
            (entries[1].namespace.as_str(), entries[1].group.as_str(), entries[1].kind.as_str()),
            ("", "", "Namespace")
        );
        assert_eq!(entries[2].name, "system:flux");
        let objects: Vec<String> = entries.iter().map(|entry| entry.object().to_string()).collect();
        assert_eq!(objects[1..], ["Namespace/flux-system", "ClusterRole/system:flux"]);
        assert_eq!(entries[0].object().api_version, "apps/v1");
    }

    #[test]
    fn ready_is_for_the_current_generation() {
        let object = |observed: i64| {
            json!({"metadata": {"generation": 2}, "status": {"observedGeneration": observed,
                "conditions": [{"type": "Ready", "status": "True"}]}})
        };
        assert!(is_ready(&object(2)) && !is_ready(&object(1)));
    }
}
