//! The first round: everything that goes, everything that stays, and what stands around it.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use super::{surroundings, sync};
use crate::cluster::{AT_ONCE_LISTS, Cluster, ClusterError, Extent};
use crate::domain::object_ref::ObjectRef;
use crate::domain::object_set::ObjectSet;
use crate::domain::survivor::{Applied, Applier};
use crate::flux_api::definition::{self, Definition};
use crate::flux_api::{finalizers, kustomization};
use crate::uninstall::facts::{Found, Instance};

/// Definitions carry large schemas.
const DEFINITIONS: Extent = Extent::Whole { page: 4 };
/// Kustomizations carry inventories.
const APPLIERS: Extent = Extent::Whole { page: 25 };

/// What objects of one kind come to.
#[derive(Default)]
struct OfKind {
    instances: Vec<Instance>,
    applied: Vec<Applied>,
    remote: Vec<ObjectRef>,
}

/// Looks at all there is.
///
/// # Errors
/// Anything that cannot be read: what is not seen would be left behind or lost.
pub(crate) async fn look(cluster: &Cluster, namespace: &str) -> Result<Found, ClusterError> {
    let (definitions, around) =
        futures::join!(definitions_and_instances(cluster), surroundings::look(cluster, namespace));
    let ((definitions, kinds), mut found) = (definitions?, around?);
    let mut applied = BTreeSet::new();
    for kind in kinds {
        found.instances.extend(kind.instances);
        found.remote.extend(kind.remote);
        applied.extend(kind.applied);
    }
    found.applied = applied.into_iter().collect();
    found.definitions = definitions;
    let sync = sync::look(cluster, namespace, &found).await?;
    found.secrets = surroundings::secrets(cluster, namespace, &found, sync.secret).await?;
    found.followed = sync.followed;
    found.contents.retain(|object| !found.secrets.contains(object));
    Ok(found)
}

async fn definitions_and_instances(cluster: &Cluster) -> Result<(Vec<Definition>, Vec<OfKind>), ClusterError> {
    let set = ObjectSet::everywhere(definition::API_VERSION, definition::KIND, definition::PART_OF_FLUX);
    let mut definitions = Vec::new();
    cluster.each(&set, DEFINITIONS, &mut |object| definitions.extend(Definition::of(&object))).await?;
    let questions: Vec<_> = definitions.iter().map(|definition| instances(cluster, definition)).collect();
    let kinds = stream::iter(questions).buffered(AT_ONCE_LISTS).try_collect().await?;
    Ok((definitions, kinds))
}

async fn instances(cluster: &Cluster, definition: &Definition) -> Result<OfKind, ClusterError> {
    let mut found = OfKind::default();
    let Some(api_version) = definition.api_version() else { return Ok(found) };
    let set = ObjectSet::everywhere(&api_version, &definition.kind, "");
    let extent = if definition.applies() { APPLIERS } else { Extent::Metadata };
    cluster.each(&set, extent, &mut |object| found.take(definition, &object)).await?;
    Ok(found)
}

impl OfKind {
    fn take(&mut self, definition: &Definition, object: &Value) {
        let Some(reference) = ObjectRef::of(object) else { return };
        let applies = definition.applies();
        // What it names is in the cluster of that kubeconfig.
        if applies && object["spec"]["kubeConfig"].is_object() {
            self.remote.push(reference.clone());
        } else if applies {
            let by = if definition.kind == kustomization::KIND { Applier::Kustomization } else { Applier::HelmRelease };
            let entries = kustomization::inventory(object).into_iter();
            self.applied.extend(entries.map(|entry| Applied { object: entry.object(), by }));
        }
        self.instances.push(Instance {
            object: reference,
            active: applies && object["spec"]["suspend"] != true,
            held: finalizers::has_ours(object),
            foreign: finalizers::others(object),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inventories_of_other_clusters_are_told_and_not_counted() {
        let names = json!({"kind": "Kustomization"});
        let spec = json!({"group": "kustomize.toolkit.fluxcd.io", "names": names, "versions": [{"name": "v1", "served": true}]});
        let definition = Definition::of(&json!({"metadata": {"name": kustomization::CRD}, "spec": spec})).unwrap();
        let object = |spec: &Value| {
            json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "a", "namespace": "b",
                "finalizers": ["finalizers.fluxcd.io", "example.com/keep"]}, "spec": spec,
                "status": {"inventory": {"entries": [{"id": "apps_web_apps_Deployment", "v": "v1"}]}}})
        };
        let mut here = OfKind::default();
        here.take(&definition, &object(&json!({})));
        assert_eq!(here.applied[0].object, ObjectRef::namespaced("apps/v1", "Deployment", "apps", "web"));
        let instance = &here.instances[0];
        assert!(instance.active && instance.held && instance.foreign == ["example.com/keep"] && here.remote.is_empty());
        let mut elsewhere = OfKind::default();
        elsewhere.take(&definition, &object(&json!({"suspend": true, "kubeConfig": {"secretRef": {"name": "x"}}})));
        assert!(elsewhere.applied.is_empty() && !elsewhere.instances[0].active);
        assert_eq!(elsewhere.remote[0].to_string(), "Kustomization/b/a");
    }
}
