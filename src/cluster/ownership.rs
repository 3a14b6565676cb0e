//! The marks by which other tools know what is theirs, and taking them off.

use futures::{StreamExt as _, stream};
use serde_json::{Map, Value, json};

use super::patch::{AT_ONCE, FIELD_MANAGER};
use super::{Cluster, ClusterError};
use crate::domain::object_ref::ObjectRef;

/// The label that names an object's owner.
pub(super) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// What that label says of Flux's own objects.
const OURS: &str = "flux";

/// The field manager of what is synced from a repository.
const SYNC_MANAGER: &str = "kustomize-controller";

/// The Flux Operator's labels.
const LABELS: &[&str] = &["fluxcd.controlplane.io/name", "fluxcd.controlplane.io/namespace"];

/// Helm's annotations, by which a release adopts objects.
const ANNOTATIONS: &[&str] = &["meta.helm.sh/release-name", "meta.helm.sh/release-namespace"];

/// An object that carries marks of another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignMarks {
    /// As it is in the cluster.
    pub object: ObjectRef,
    labels: Vec<&'static str>,
    annotations: Vec<&'static str>,
}

/// The tool that the label of an object's metadata names, unless that is Flux itself. What a bootstrap wrote is no other
/// tool's word: an overlay may label everything.
pub(super) fn managed_by(object: &Value) -> Option<&str> {
    let owner = object["metadata"]["labels"][MANAGED_BY].as_str()?;
    (!owner.is_empty() && owner != OURS && !is_our_word(object)).then_some(owner)
}

/// Whether a bootstrap wrote that label, and nobody else but kustomize-controller, which applies the same files.
fn is_our_word(object: &Value) -> bool {
    let field = format!("f:{MANAGED_BY}");
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    let writers: Vec<&str> = entries
        .filter(|entry| entry["fieldsV1"]["f:metadata"]["f:labels"].get(&field).is_some())
        .map(|entry| entry["manager"].as_str().unwrap_or_default())
        .collect();
    writers.contains(&FIELD_MANAGER) && writers.iter().all(|writer| [FIELD_MANAGER, SYNC_MANAGER].contains(writer))
}

/// The marks that `live` carries and `wanted` does not.
fn marks(object: ObjectRef, live: &Value, wanted: &Value) -> Option<ForeignMarks> {
    let foreign = |field: &str, name: &str| {
        let [live, wanted] = [live, wanted].map(|object| &object["metadata"][field][name]);
        live.is_string() && live != wanted
    };
    let owner = managed_by(live).is_some() && foreign("labels", MANAGED_BY);
    let own = LABELS.iter().filter(|name| foreign("labels", name));
    let labels: Vec<_> = owner.then_some(MANAGED_BY).into_iter().chain(own.copied()).collect();
    let annotations: Vec<_> = ANNOTATIONS.iter().filter(|name| foreign("annotations", name)).copied().collect();
    (!labels.is_empty() || !annotations.is_empty()).then_some(ForeignMarks { object, labels, annotations })
}

impl Cluster {
    /// Those of the objects that carry marks of another tool in the cluster, and none of that kind in `wanted`.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn foreign_marks(&self, wanted: &[Value]) -> Result<Vec<ForeignMarks>, ClusterError> {
        let questions: Vec<_> = wanted
            .iter()
            .filter_map(|wanted| Some((ObjectRef::of(wanted)?, wanted)))
            .map(|(object, wanted)| async move {
                let live = self.get_metadata(&object).await?;
                Ok(live.and_then(|live| marks(object, &live, wanted)))
            })
            .collect();
        let found: Vec<Result<_, ClusterError>> = stream::iter(questions).buffered(AT_ONCE).collect().await;
        found.into_iter().filter_map(Result::transpose).collect()
    }

    /// Takes the marks off an object, so that it is nobody else's any more.
    ///
    /// # Errors
    /// When the object may not be changed.
    pub async fn take_off(&self, marks: &ForeignMarks) -> Result<(), ClusterError> {
        let without =
            |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect::<Map<_, _>>();
        let patch = json!({"metadata": {"labels": without(&marks.labels), "annotations": without(&marks.annotations)}});
        self.merge_patch("take over", &marks.object, &patch).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_are_wanted_or_our_own_are_left() {
        let object = ObjectRef::cluster_wide("v1", "Namespace", "a");
        let live = json!({"metadata": {
            "labels": {MANAGED_BY: "Helm", "fluxcd.controlplane.io/name": "flux", "team": "a"},
            "annotations": {"meta.helm.sh/release-name": "flux", "owner": "jo"},
        }});
        let found = marks(object.clone(), &live, &json!({})).unwrap();
        assert_eq!(found.labels, [MANAGED_BY, "fluxcd.controlplane.io/name"]);
        assert_eq!(found.annotations, ["meta.helm.sh/release-name"]);
        let live = json!({"metadata": {"labels": {MANAGED_BY: "kustomize"}}});
        assert_eq!(marks(object.clone(), &live, &live), None);
        for ours in ["flux", ""] {
            let live = json!({"metadata": {"labels": {MANAGED_BY: ours}}});
            assert_eq!((managed_by(&live), marks(object.clone(), &live, &json!({}))), (None, None));
        }
    }
    #[test]
    fn a_label_is_ours_where_a_bootstrap_wrote_it_and_no_other_tool_did() {
        let owner = |writers: &[&str]| {
            let fields = json!({"f:metadata": {"f:labels": {".": {}, format!("f:{MANAGED_BY}"): {}}}});
            let mut managed: Vec<Value> =
                writers.iter().map(|writer| json!({"manager": writer, "fieldsV1": fields})).collect();
            managed.push(json!({"manager": "kubectl", "fieldsV1": {"f:metadata": {"f:labels": {"f:team": {}}}}}));
            let live = json!({"metadata": {"labels": {MANAGED_BY: "team-a"}, "managedFields": managed}});
            managed_by(&live).map(str::to_owned)
        };
        assert_eq!((owner(&["flux"]), owner(&["flux", "kustomize-controller"])), (None, None));
        for others in [&["helm"][..], &["flux", "helm"], &["kustomize-controller"], &[]] {
            assert_eq!(owner(others).as_deref(), Some("team-a"), "{others:?}");
        }
    }
}
