//! The objects by which the cluster syncs: what they follow, and with which Secret.

use serde_json::Value;

use super::surroundings;
use crate::cluster::{Cluster, ClusterError};
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::definition::{self, Definition};
use crate::flux_api::{git_repository, kustomization};
use crate::plan::Followed;
use crate::uninstall::facts::Found;

/// What they say.
#[derive(Debug, Default)]
pub(super) struct Sync {
    /// The name of the source secret.
    pub(super) secret: Option<String>,
    /// From the objects, or once they are gone from an earlier run's note.
    pub(super) followed: Option<Followed>,
}

pub(super) async fn look(cluster: &Cluster, namespace: &str, found: &Found) -> Result<Sync, ClusterError> {
    let (source, sync) = futures::join!(
        own(cluster, namespace, found, git_repository::KIND),
        own(cluster, namespace, found, kustomization::KIND)
    );
    let (source, sync) = (source?, sync?);
    let noted = found.namespace.as_ref().and_then(|namespace| namespace.note.as_ref()?.followed.clone());
    Ok(Sync {
        secret: source.as_ref().and_then(git_repository::secret).map(str::to_owned),
        followed: source.zip(sync).and_then(|(source, sync)| followed(&source, &sync)).or(noted),
    })
}

/// What the cluster follows, by its objects or an earlier run's note; the first thing that a run with `--git` asks.
///
/// # Errors
/// Anything but absence.
pub(crate) async fn what_is_followed(cluster: &Cluster, namespace: &str) -> Result<Option<Followed>, ClusterError> {
    let own = ObjectRef::cluster_wide("v1", "Namespace", namespace);
    let (source, sync, own) = futures::join!(
        alone(cluster, namespace, git_repository::CRD),
        alone(cluster, namespace, kustomization::CRD),
        cluster.get_metadata(&own)
    );
    let noted = own?.and_then(|own| surroundings::note(&own)?.followed);
    Ok(source?.zip(sync?).and_then(|(source, sync)| followed(&source, &sync)).or(noted))
}

/// The object that has the namespace's name, of the kind of a definition.
async fn alone(cluster: &Cluster, namespace: &str, definition: &str) -> Result<Option<Value>, ClusterError> {
    let definition = ObjectRef::cluster_wide(definition::API_VERSION, definition::KIND, definition);
    let Some(definition) = cluster.get(&definition).await?.as_ref().and_then(Definition::of) else { return Ok(None) };
    let Some(api_version) = definition.api_version() else { return Ok(None) };
    cluster.get(&ObjectRef::namespaced(&api_version, &definition.kind, namespace, namespace)).await
}

/// The object that has the namespace's name, in the version in which its kind is served.
async fn own(cluster: &Cluster, namespace: &str, found: &Found, kind: &str) -> Result<Option<Value>, ClusterError> {
    let own = found.instances.iter().map(|instance| &instance.object).find(|object| {
        object.kind == kind && object.name == namespace && object.namespace.as_deref() == Some(namespace)
    });
    match own {
        Some(own) => cluster.get(own).await,
        None => Ok(None),
    }
}

fn followed(source: &Value, sync: &Value) -> Option<Followed> {
    Some(Followed {
        url: git_repository::url(source)?.to_owned(),
        branch: source["spec"]["ref"]["branch"].as_str()?.to_owned(),
        path: kustomization::path(sync).unwrap_or("./").to_owned(),
    })
}
