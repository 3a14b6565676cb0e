//! CustomResourceDefinitions as the cluster has them, where a new one is to take their place.

use serde_json::Value;

use super::{Cluster, ClusterError};
use crate::domain::object_ref::ObjectRef;
use crate::domain::server_text::printable;
use crate::flux_api::{git_repository, kustomization};

/// What speaks against giving a definition another content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefinitionState {
    /// Versions in which the cluster has stored objects and which the new definition no longer has.
    pub unserved: Vec<String>,
    /// It is being deleted, and this is what holds it, in the API server's words.
    pub deleted: Option<String>,
}

impl Cluster {
    /// Looks at the definition that this one would replace; nothing speaks against one that does not exist.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn definition_state(&self, definition: &Value) -> Result<DefinitionState, ClusterError> {
        let Some(reference) = ObjectRef::of(definition) else { return Ok(DefinitionState::default()) };
        let live = self.get(&reference).await?;
        Ok(live.map(|live| state(&live, definition)).unwrap_or_default())
    }
}

impl Cluster {
    /// Why the definition of a kind of Flux's own goes away, as `` the definition `name` is being deleted: words ``; none where it
    /// stays or cannot be seen.
    pub(super) async fn deleted_definition(&self, kind: &str) -> Option<String> {
        let name = match kind {
            git_repository::KIND => git_repository::CRD,
            kustomization::KIND => kustomization::CRD,
            _ => return None,
        };
        let reference = ObjectRef::cluster_wide("apiextensions.k8s.io/v1", "CustomResourceDefinition", name);
        let live = self.get(&reference).await.ok().flatten()?;
        Some(format!("the definition `{name}` is being deleted: {}", deleted(&live)?))
    }
}

fn state(live: &Value, definition: &Value) -> DefinitionState {
    DefinitionState { unserved: lost_versions(live, definition), deleted: deleted(live) }
}

/// Why a definition that is being deleted is still there.
fn deleted(live: &Value) -> Option<String> {
    live["metadata"]["deletionTimestamp"].as_str()?;
    let conditions = live["status"]["conditions"].as_array().into_iter().flatten();
    let mut terminating = conditions.filter(|condition| condition["type"] == "Terminating");
    let words =
        terminating.find_map(|condition| condition["message"].as_str()).unwrap_or("its finalizers are not done yet");
    Some(printable(words))
}

/// The versions in which objects may be stored but which the new definition does not have.
fn lost_versions(live: &Value, definition: &Value) -> Vec<String> {
    let versions = definition["spec"]["versions"].as_array().cloned().unwrap_or_default();
    let stored = live["status"]["storedVersions"].as_array().into_iter().flatten().filter_map(Value::as_str);
    // The API server refuses a definition without a stored version, served or not.
    stored.filter(|stored| !versions.iter().any(|version| version["name"] == *stored)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn stored_versions_and_deletions_are_seen() {
        let new = json!({"spec": {"versions": [{"name": "v1"}]}});
        let live = json!({"status": {"storedVersions": ["v1beta1", "v1"]}});
        assert_eq!(state(&live, &new), DefinitionState { unserved: vec!["v1beta1".into()], deleted: None });
        let message = "CustomResource deletion is in progress";
        let live = json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"},
            "status": {"storedVersions": ["v1"], "conditions": [{"type": "Terminating", "message": message}]}});
        assert_eq!(state(&live, &new).deleted.as_deref(), Some(message));
    }

    #[test]
    fn versions_with_stored_objects_must_not_vanish() {
        let live = json!({"status": {"storedVersions": ["v1beta2", "v1"]}});
        let definition = json!({"spec": {"versions": [{"name": "v1", "served": true}]}});
        assert_eq!(lost_versions(&live, &definition), ["v1beta2"]);
    }
}
