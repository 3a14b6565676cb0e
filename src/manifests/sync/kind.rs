//! Which document of gotk-sync.yaml is which object.

use serde_json::Value;

use super::note::SyncNote;
use crate::domain::config::Namespace;
use crate::manifests::edits;

pub(super) const GIT_REPOSITORY: Kind =
    Kind { group: "source.toolkit.fluxcd.io", version: "v1", name: "GitRepository" };
pub(super) const KUSTOMIZATION: Kind =
    Kind { group: "kustomize.toolkit.fluxcd.io", version: "v1", name: "Kustomization" };

/// The kind of one of the two objects, in the version that is written.
pub(super) struct Kind {
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) name: &'static str,
}

impl Kind {
    pub(super) fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }

    /// What is said where an object of this kind is of another version.
    pub(super) fn raised(&self, object: &Value) -> Option<SyncNote> {
        let from = object["apiVersion"].as_str()?.split_once('/')?.1;
        (from != self.version).then(|| SyncNote::Raised {
            object: format!("{}/{}", self.name, edits::name(object)),
            from: from.to_owned(),
            to: self.version.to_owned(),
        })
    }

    /// Whether an object is the one of this kind that the sync of a namespace consists of. The namespace may be left
    /// to a kustomization.yaml.
    pub(super) fn is_of(&self, object: &Value, namespace: &Namespace) -> bool {
        let group = object["apiVersion"].as_str().and_then(|text| text.split_once('/')).map(|(group, _)| group);
        let place = &object["metadata"]["namespace"];
        group == Some(self.group)
            && edits::kind(object) == self.name
            && edits::name(object) == namespace.as_str()
            && (place.is_null() || place == namespace.as_str())
    }
}

/// What a document is that is neither empty nor a single object.
pub(super) fn no_object(value: &Value) -> Option<&'static str> {
    let text = |key: &str| value[key].as_str().filter(|text| !text.is_empty());
    match (text("apiVersion"), text("kind")) {
        _ if value.is_null() => None,
        (Some(_), Some(_)) if value["items"].is_array() => Some("a List, whose items must be documents of their own"),
        (Some(_), Some(_)) => None,
        // Where the content lies; a bootstrap cannot fetch it. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
        _ if value.as_str().is_some_and(|text| text.starts_with("version https://git-lfs")) => {
            Some("a pointer of Git LFS, which the controllers do not follow by themselves")
        }
        _ => Some("no Kubernetes object: it has no `apiVersion` and `kind`"),
    }
}
