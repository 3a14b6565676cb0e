//! What an existing gotk-components.yaml says, and whether writing a new one would change, remove or downgrade anything.

use std::collections::BTreeMap;

use serde_json::Value;

use super::components::ComponentsManifest;
use super::edits;
use crate::domain::flux::component::{Component, Components};
use crate::domain::flux::version::FluxVersion;
use crate::yaml;

/// The comment lines of an existing file, as far as they are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExistingHeader {
    /// The Flux version that wrote it.
    pub version: Option<FluxVersion>,
    /// The components it installs, by name; a newer Flux may have some that this tool does not know.
    pub components: Vec<String>,
}

impl ExistingHeader {
    /// Reads the comments before the first object.
    pub fn read(text: &str) -> Self {
        let mut header = Self::default();
        let comments = text
            .lines()
            .map(str::trim)
            .take_while(|line| line.is_empty() || line.starts_with('#') || line.starts_with("---"));
        for line in comments {
            if let Some(version) = line.strip_prefix("# Flux Version:") {
                header.version = version.trim().parse().ok();
            } else if let Some(names) = line.strip_prefix("# Components:") {
                let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                header.components = names.map(str::to_owned).collect();
            }
        }
        header
    }
}

/// Whether an existing file differs from what would be written in description texts, layout and order alone.
pub(crate) fn is_same(existing: &str, manifest: &ComponentsManifest) -> bool {
    let header = ExistingHeader::read(existing);
    let names: Vec<&str> = manifest.header.components.iter().map(Component::as_str).collect();
    if header.version.as_ref() != Some(&manifest.header.version) || header.components != names {
        return false;
    }
    let Ok(documents) = yaml::parse(existing) else { return false };
    let found = by_identity(documents.into_iter().map(|document| document.value));
    found.len() == manifest.objects.len() && found == by_identity(manifest.objects.iter().cloned())
}

/// Objects without descriptions, by what tells them apart.
fn by_identity(objects: impl Iterator<Item = Value>) -> BTreeMap<[String; 4], Value> {
    objects
        .map(|mut object| {
            without_descriptions(&mut object);
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let metadata = &object["metadata"];
            let identity = [
                text(&object["apiVersion"]),
                text(&object["kind"]),
                text(&metadata["namespace"]),
                text(&metadata["name"]),
            ];
            (identity, object)
        })
        .collect()
}

/// Removes the description texts of a CRD; other kinds have none.
pub(crate) fn without_descriptions(object: &mut Value) {
    if edits::kind(object) == "CustomResourceDefinition"
        && let Some(spec) = object.get_mut("spec")
    {
        strip(spec);
    }
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            // A field that is itself called `description` has a schema there, not a text.
            if map.get("description").is_some_and(Value::is_string) {
                map.shift_remove("description");
            }
            map.iter_mut()
                .filter(|(key, _)| !matches!(key.as_str(), "default" | "enum" | "example"))
                .for_each(|(_, value)| strip(value));
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// The components that a run would remove, by name: those of the existing header, and those whose Deployments the
/// sync has applied, that are not wanted.
pub(crate) fn removed_components<'a>(
    header: &'a ExistingHeader,
    deployments: impl IntoIterator<Item = &'a str>,
    wanted: &Components,
) -> Vec<String> {
    let deployed = deployments.into_iter().filter(|name| name.parse::<Component>().is_ok());
    let mut removed: Vec<String> = Vec::new();
    for name in header.components.iter().map(String::as_str).chain(deployed) {
        let stays = name.parse().is_ok_and(|component| wanted.contains(component));
        if !stays && !removed.iter().any(|known| known == name) {
            removed.push(name.to_owned());
        }
    }
    removed
}

/// The newest of the versions found that is newer than what would be installed. `found` are texts of headers and of
/// labels `app.kubernetes.io/version`; what is not a version does not count.
pub(crate) fn downgrade_from<'a>(
    found: impl IntoIterator<Item = &'a str>,
    target: &FluxVersion,
) -> Option<FluxVersion> {
    found.into_iter().filter_map(|text| text.parse().ok()).max().filter(|newest| newest > target)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::flux::InstallOptions;
    use crate::flux_api::kustomization;
    use crate::manifests::{Base, render};

    #[test]
    fn descriptions_layout_and_order_are_no_change() {
        let manifest = render(&Base::embedded(), &InstallOptions::default()).unwrap();
        assert!(is_same(&manifest.to_yaml(), &manifest));
        let mut other = manifest.clone();
        other.objects.iter_mut().for_each(without_descriptions);
        other.objects.reverse();
        let text = other.to_yaml().replace("kind: Namespace", "kind:   \"Namespace\" # text");
        assert!(is_same(&text, &manifest));
        for (from, to) in [
            ("replicas: 1", "replicas: 2"),
            ("# Flux Version: v2.9.5", "# Flux Version: v2.9.4"),
            ("helm-controller,notification-controller\n", "notification-controller\n"),
            ("# This", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n# This"),
        ] {
            assert!(!is_same(&text.replacen(from, to, 1), &manifest), "{from}");
        }
        assert!(!is_same("", &manifest));
    }

    #[test]
    fn a_field_called_description_is_not_a_description() {
        let mut crd = serde_json::json!({"kind": "CustomResourceDefinition", "spec": {"description": "text", "properties": {
            "description": {"type": "string", "description": "text"}}, "default": {"description": "value"}}});
        without_descriptions(&mut crd);
        assert_eq!(
            crd["spec"],
            serde_json::json!({"properties": {"description": {"type": "string"}}, "default": {"description": "value"}})
        );
    }

    #[test]
    fn headers_are_read_as_far_as_they_go() {
        let header = ExistingHeader::read(
            "---\n# x\n# Flux Version: v2.8.1\n# Components: a,source-controller\nkind: X\n# Flux Version: v1.0.0\n",
        );
        assert_eq!(header.version, Some("v2.8.1".parse().unwrap()));
        assert_eq!(header.components, ["a", "source-controller"]);
        assert_eq!(ExistingHeader::read(""), ExistingHeader::default());
    }

    #[test]
    fn what_is_named_or_running_and_not_wanted_is_removed() {
        let header = ExistingHeader::read("# Components: source-controller,source-watcher,future-controller\n");
        let ids = [
            "flux-system_helm-controller_apps_Deployment",
            "flux-system_image-reflector-controller_apps_Deployment",
            "flux-system_podinfo_apps_Deployment",
            "apps_image-automation-controller_apps_Deployment",
            "flux-system_source-watcher__ServiceAccount",
        ];
        let entries: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
        let object = json!({"status": {"inventory": {"entries": entries}}});
        let deployments = kustomization::inventory_deployments(&object, "flux-system");
        assert_eq!(deployments, ["helm-controller", "image-reflector-controller", "podinfo"]);
        let removed = removed_components(&header, deployments.iter().map(String::as_str), &Components::default());
        assert_eq!(removed, ["source-watcher", "future-controller", "image-reflector-controller"]);
    }

    #[test]
    fn only_something_newer_makes_a_downgrade() {
        let target: FluxVersion = "v2.9.5".parse().unwrap();
        assert_eq!(downgrade_from(["v2.9.5", "v2.8.9", "dev"], &target), None);
        assert_eq!(downgrade_from(["v2.9.6", "v2.10.0"], &target), Some("v2.10.0".parse().unwrap()));
    }
}
