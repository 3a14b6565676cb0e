//! The Deployments of Flux, and by what their pods are known.

use crate::domain::event::Removed;
use crate::domain::flux::Component;
use crate::domain::object_ref::ObjectRef;
use crate::domain::object_set::ObjectSet;
use crate::flux_api::definition::PART_OF_FLUX;
use crate::plan::Delete;
use crate::uninstall::facts::Found;

/// Whether a Deployment has the name of one of Flux's controllers.
pub(crate) fn is_by_name(object: &ObjectRef) -> bool {
    object.kind == "Deployment" && Component::ALL.iter().any(|component| component.as_str() == object.name)
}

/// Their deletion. Until the last pod is gone a controller may still prune, and put its finalizer back.
pub(super) fn delete(namespace: &str, found: &Found) -> Delete {
    // The label of pods in every version of Flux; that of all its parts came later.
    let names = Component::ALL.map(Component::as_str).join(",");
    let by_app = format!("app in ({names})");
    let awaited = [("apps/v1", "ReplicaSet"), ("v1", "Pod")].into_iter().flat_map(|(api_version, kind)| {
        [PART_OF_FLUX, by_app.as_str()].map(|labels| ObjectSet::within(namespace, api_version, kind, labels))
    });
    Delete {
        what: Removed::Controllers,
        sets: vec![ObjectSet::within(namespace, "apps/v1", "Deployment", PART_OF_FLUX)],
        objects: found.controllers.clone(),
        awaited: awaited.collect(),
        instances: Vec::new(),
        goes_with_it: Vec::new(),
    }
}
