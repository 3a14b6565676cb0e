//! The namespace of Flux and what is in it, roles across the cluster, and other installations.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use crate::cluster::{AT_ONCE_LISTS, Cluster, ClusterError, Extent};
use crate::domain::object_ref::ObjectRef;
use crate::domain::object_set::ObjectSet;
use crate::flux_api::definition::PART_OF_FLUX;
use crate::plan::UninstallNote;
use crate::plan::uninstall_note::ANNOTATION;
use crate::uninstall::draft::belongings::belongings;
use crate::uninstall::draft::{controllers, is_flux};
use crate::uninstall::facts::{Found, FoundNamespace};

/// What is not Flux's and would go with the namespace, in kinds whose loss hurts.
const PRECIOUS: [(&str, &str); 4] =
    [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("v1", "PersistentVolumeClaim")];

/// What every namespace gets from the controller-manager.
const OF_EVERY_NAMESPACE: &str = "kube-root-ca.crt";

/// Looks at all but the objects of Flux's kinds.
pub(super) async fn look(cluster: &Cluster, namespace: &str) -> Result<Found, ClusterError> {
    let own = ObjectRef::cluster_wide("v1", "Namespace", namespace);
    let (own, installed, elsewhere, precious, contents, belongings) = futures::join!(
        cluster.get(&own),
        cluster.installed_flux(namespace),
        elsewhere(cluster, namespace),
        precious(cluster, namespace),
        names_of_all(cluster, contents(namespace)),
        names_of_all(cluster, belongings(namespace)),
    );
    let (controllers, bystanders) = precious?;
    let mut contents = contents?;
    contents.retain(|object| object.name != OF_EVERY_NAMESPACE);
    let belongings = belongings?;
    contents.retain(|object| !belongings.contains(object));
    Ok(Found {
        namespace: own?.map(|object| found_namespace(&object)),
        owner: installed?.owner,
        elsewhere: elsewhere?,
        controllers,
        bystanders,
        belongings,
        contents,
        ..Found::default()
    })
}

fn found_namespace(object: &Value) -> FoundNamespace {
    let metadata = &object["metadata"];
    FoundNamespace {
        part_of_flux: is_flux(object),
        deleting: metadata["deletionTimestamp"].is_string(),
        note: note(object),
    }
}

/// What an earlier run noted on the namespace.
pub(super) fn note(namespace: &Value) -> Option<UninstallNote> {
    namespace["metadata"]["annotations"][ANNOTATION].as_str().and_then(UninstallNote::read)
}

/// The other namespaces in which controllers of Flux are.
async fn elsewhere(cluster: &Cluster, namespace: &str) -> Result<Vec<String>, ClusterError> {
    let set = ObjectSet::everywhere("apps/v1", "Deployment", PART_OF_FLUX);
    let found = cluster.names_of(&set).await?;
    let places: BTreeSet<String> = found.into_iter().filter_map(|object| object.namespace).collect();
    Ok(places.into_iter().filter(|place| place != namespace).collect())
}

/// The controllers of the namespace, and what is not of Flux.
async fn precious(cluster: &Cluster, namespace: &str) -> Result<(Vec<ObjectRef>, Vec<ObjectRef>), ClusterError> {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for (api_version, kind) in PRECIOUS {
        let set = ObjectSet::within(namespace, api_version, kind, "");
        let take = &mut |object: Value| {
            let Some(reference) = ObjectRef::of(&object) else { return };
            match is_flux(&object) || controllers::is_by_name(&reference) {
                true if kind == "Deployment" => ours.push(reference),
                // One of the belongings.
                true => {}
                false => others.push(reference),
            }
        };
        cluster.each(&set, Extent::Metadata, take).await?;
    }
    Ok((ours, others))
}

/// Secrets and ConfigMaps, of which metadata alone is read.
fn contents(namespace: &str) -> Vec<ObjectSet> {
    ["Secret", "ConfigMap"].map(|kind| ObjectSet::within(namespace, "v1", kind, "")).into()
}

async fn names_of_all(cluster: &Cluster, sets: Vec<ObjectSet>) -> Result<Vec<ObjectRef>, ClusterError> {
    let questions: Vec<_> = sets.iter().map(|set| cluster.names_of(set)).collect();
    let found: Vec<Vec<ObjectRef>> = stream::iter(questions).buffered(AT_ONCE_LISTS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// The Secrets of source and images that exist, by what names them: the GitRepository, the accounts, or an earlier run's note.
pub(super) async fn secrets(
    cluster: &Cluster,
    namespace: &str,
    found: &Found,
    source: Option<String>,
) -> Result<Vec<ObjectRef>, ClusterError> {
    let mut names: BTreeSet<String> = source.into_iter().collect();
    let accounts = ObjectSet::within(namespace, "v1", "ServiceAccount", PART_OF_FLUX);
    let take = &mut |account: Value| {
        let secrets = account["imagePullSecrets"].as_array().into_iter().flatten();
        names.extend(secrets.filter_map(|secret| Some(secret["name"].as_str()?.to_owned())));
    };
    cluster.each(&accounts, Extent::Whole { page: 50 }, take).await?;
    let note = found.namespace.as_ref().and_then(|namespace| namespace.note.as_ref());
    names.extend(note.into_iter().flat_map(|note| note.secrets.iter().cloned()));
    let there = |name: &String| found.contents.iter().find(|object| object.kind == "Secret" && object.name == *name);
    Ok(names.iter().filter_map(there).cloned().collect())
}
