//! The versions that the definitions of an installation serve.

use std::collections::BTreeMap;

use serde_json::Value;

use super::note::SyncNote;
use crate::manifests::edits;

/// The served versions of each kind, by group and kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served(BTreeMap<(String, String), Vec<String>>);

impl Served {
    /// What the `CustomResourceDefinition`s among the objects serve.
    pub(crate) fn by(objects: &[Value]) -> Self {
        let definitions = objects.iter().filter(|object| edits::kind(object) == "CustomResourceDefinition");
        let served = definitions.map(|definition| {
            let spec = &definition["spec"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let versions = spec["versions"].as_array().into_iter().flatten();
            let versions = versions.filter(|version| version["served"] == true).map(|version| text(&version["name"]));
            ((text(&spec["group"]), text(&spec["names"]["kind"])), versions.collect())
        });
        Self(served.collect())
    }

    /// The objects whose kind is served, and whose version is not.
    pub(crate) fn missing(&self, objects: &[Value]) -> Vec<SyncNote> {
        objects.iter().filter_map(|object| self.missing_version(object)).collect()
    }

    fn missing_version(&self, object: &Value) -> Option<SyncNote> {
        let api_version = object["apiVersion"].as_str()?;
        let (group, version) = api_version.split_once('/')?;
        let served = self.0.get(&(group.to_owned(), edits::kind(object).to_owned()))?;
        (!served.iter().any(|served| served == version)).then(|| SyncNote::NotServed {
            object: format!("{}/{}", edits::kind(object), edits::name(object)),
            api_version: api_version.to_owned(),
            served: served.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::flux::InstallOptions;
    use crate::manifests::{Base, render};

    #[test]
    fn versions_that_the_release_no_longer_serves_are_named() {
        let components = render(&Base::embedded(), &InstallOptions::default()).unwrap();
        let served = Served::by(&components.objects);
        let object =
            |api_version: &str, kind: &str| json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}});
        for (api_version, kind, expected) in [
            ("notification.toolkit.fluxcd.io/v1beta1", "Alert", Some("v1beta3")),
            ("notification.toolkit.fluxcd.io/v1beta2", "Provider", Some("v1beta3")),
            ("notification.toolkit.fluxcd.io/v1beta3", "Alert", None),
            ("notification.toolkit.fluxcd.io/v1beta2", "Receiver", Some("v1")),
            ("source.toolkit.fluxcd.io/v1beta1", "HelmRepository", Some("v1")),
            ("helm.toolkit.fluxcd.io/v2beta1", "HelmRelease", Some("v2")),
            ("source.toolkit.fluxcd.io/v1", "OCIRepository", None),
            // Not installed by default, so nothing is known of it.
            ("image.toolkit.fluxcd.io/v1beta1", "ImagePolicy", None),
            ("apps/v1beta1", "Deployment", None),
            ("v1", "ConfigMap", None),
        ] {
            let notes = served.missing(&[object(api_version, kind)]);
            let found = notes.first().map(|note| match note {
                SyncNote::NotServed { served, .. } => served.join(", "),
                other => panic!("{other}"),
            });
            assert_eq!(found.as_deref(), expected, "{kind} {api_version}");
        }
    }
}
