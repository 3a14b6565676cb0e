//! `CustomResourceDefinition`: the kinds that Flux brings, and the versions in which they can be read.

use serde_json::Value;

/// Group and version.
pub(crate) const API_VERSION: &str = "apiextensions.k8s.io/v1";
/// As `kind` of objects has it.
pub(crate) const KIND: &str = "CustomResourceDefinition";
/// The label by which all that belongs to Flux is known.
pub(crate) const PART_OF_FLUX: &str = "app.kubernetes.io/part-of=flux";

/// What matters of a definition, without its schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    /// As in `buckets.source.toolkit.fluxcd.io`.
    pub name: String,
    /// The API group.
    pub group: String,
    /// As in `Bucket`.
    pub kind: String,
    /// The version in which its objects are read: the stored one if it is served, else the first that is; none where
    /// none is served.
    pub served: Option<String>,
}

impl Definition {
    /// Reads a definition.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let spec = &object["spec"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let versions = spec["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let served = || versions.iter().filter(|version| version["served"] == true);
        let chosen = served().find(|version| version["storage"] == true).or_else(|| served().next());
        Some(Self {
            name: text(&object["metadata"]["name"])?,
            group: text(&spec["group"])?,
            kind: text(&spec["names"]["kind"])?,
            served: chosen.and_then(|version| text(&version["name"])),
        })
    }

    /// Group and version in which its objects are read.
    pub(crate) fn api_version(&self) -> Option<String> {
        self.served.as_ref().map(|version| format!("{}/{version}", self.group))
    }

    /// Whether its objects keep inventories and may be suspended.
    pub(crate) fn applies(&self) -> bool {
        matches!(
            (self.group.as_str(), self.kind.as_str()),
            ("kustomize.toolkit.fluxcd.io", "Kustomization") | ("helm.toolkit.fluxcd.io", "HelmRelease")
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn served(versions: &Value) -> Option<String> {
        let names = json!({"kind": "Bucket"});
        let spec = json!({"group": "a.io", "names": names, "versions": versions});
        Definition::of(&json!({"metadata": {"name": "buckets.a.io"}, "spec": spec})).unwrap().api_version()
    }

    #[test]
    fn objects_are_read_in_a_version_that_is_served() {
        let version =
            |name: &str, served: bool, storage: bool| json!({"name": name, "served": served, "storage": storage});
        let old = version("v1beta1", true, false);
        assert_eq!(served(&json!([old, version("v1", true, true)])).as_deref(), Some("a.io/v1"));
        assert_eq!(served(&json!([old, version("v1", false, true)])).as_deref(), Some("a.io/v1beta1"));
        assert_eq!(served(&json!([version("v1", false, true)])), None);
    }
}
