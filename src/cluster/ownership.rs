//! The marks by which other tools know what is theirs, and taking them off.

use futures::{StreamExt as _, stream};
use serde_json::{Map, Value, json};

use super::patch::{AT_ONCE, FIELD_MANAGER};
use super::{Cluster, ClusterError};
use crate::domain::foreign_marks::{ForeignMarks, HaltingMark};
use crate::domain::object_ref::ObjectRef;

/// The label that names an object's owner.
pub(super) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// What that label says of Flux's own objects.
const OURS: &str = "flux";

/// The field manager of what is synced from a repository.
pub(super) const SYNC_MANAGER: &str = "kustomize-controller";

/// The Flux Operator's labels.
const LABELS: &[&str] = &["fluxcd.controlplane.io/name", "fluxcd.controlplane.io/namespace"];

/// Helm's annotations, by which a release adopts objects.
const ANNOTATIONS: &[&str] = &["meta.helm.sh/release-name", "meta.helm.sh/release-namespace"];

/// By which labels and annotations, in whatever case, kustomize-controller leaves an object as it is.
const HALTING: &[(&str, &[&str])] = &[
    ("kustomize.toolkit.fluxcd.io/ssa", &["Ignore", "IfNotPresent"]),
    ("kustomize.toolkit.fluxcd.io/reconcile", &["disabled"]),
];

/// What halts Flux at `live` and is not wanted to.
fn halting(live: &Value, wanted: &Value) -> Vec<HaltingMark> {
    let fields = [("labels", true), ("annotations", false)];
    let marks = HALTING.iter().flat_map(|mark| fields.iter().map(move |field| (mark, field)));
    let found = marks.filter_map(|((name, values), (field, is_label))| {
        let value = live["metadata"][*field][*name].as_str()?;
        let is_wanted = wanted["metadata"][*field][*name] == value;
        let halts = !is_wanted && values.iter().any(|halts| halts.eq_ignore_ascii_case(value));
        halts.then(|| HaltingMark { is_label: *is_label, name, value: value.to_owned() })
    });
    found.collect()
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
    let halting = halting(live, wanted);
    let found = !labels.is_empty() || !annotations.is_empty() || !halting.is_empty();
    found.then_some(ForeignMarks { object, labels, annotations, halting })
}

/// What halts Flux at an object that was read and is not wanted to; none where nothing does.
pub(crate) fn halted(live: &Value, wanted: &Value) -> Option<ForeignMarks> {
    let halting = halting(live, wanted);
    let object = ObjectRef::of(live).filter(|_| !halting.is_empty())?;
    Some(ForeignMarks { object, labels: Vec::new(), annotations: Vec::new(), halting })
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
        let without = |names: &[&'static str], labels: bool| {
            let halting = marks.halting.iter().filter(|mark| mark.is_label == labels).map(|mark| mark.name);
            names.iter().copied().chain(halting).map(|name| (name.to_owned(), Value::Null)).collect::<Map<_, _>>()
        };
        let (labels, annotations) = (without(&marks.labels, true), without(&marks.annotations, false));
        let patch = json!({"metadata": {"labels": labels, "annotations": annotations}});
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
    fn what_halts_flux_is_found_in_every_case_unless_it_is_wanted() {
        let object = ObjectRef::cluster_wide("v1", "Namespace", "a");
        let halted =
            |live: Value, wanted: Value| marks(object.clone(), &live, &wanted).and_then(|marks| marks.halted());
        let live = json!({"metadata": {
            "labels": {"kustomize.toolkit.fluxcd.io/reconcile": "Disabled"},
            "annotations": {"kustomize.toolkit.fluxcd.io/ssa": "ignore"},
        }});
        let both = "`Namespace/a` (`kustomize.toolkit.fluxcd.io/ssa: ignore`, `kustomize.toolkit.fluxcd.io/reconcile: Disabled`)";
        assert_eq!(halted(live.clone(), json!({})).as_deref(), Some(both));
        assert_eq!(halted(live.clone(), live), None);
        for (value, halts) in [("IfNotPresent", true), ("Merge", false), ("Override", false), ("", false)] {
            let live = json!({"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/ssa": value}}});
            assert_eq!(halted(live, json!({})).is_some(), halts, "{value}");
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
