//! Whether the cluster knows a kind of Flux at all.

use crate::cluster::Cluster;
use crate::domain::error::{Error, Kind};
use crate::domain::flux::FluxKind;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::{git_repository, kustomization};

/// Tells a cluster without such objects from one without Flux.
///
/// # Errors
/// The definition does not exist. Whoever may not read definitions is not told.
pub(crate) async fn require_definition(cluster: &Cluster, kind: FluxKind) -> Result<(), Error> {
    let name = match kind {
        FluxKind::GitRepository => git_repository::CRD,
        FluxKind::Kustomization => kustomization::CRD,
    };
    let definition = ObjectRef::cluster_wide("apiextensions.k8s.io/v1", "CustomResourceDefinition", name);
    match cluster.get_metadata(&definition).await {
        Ok(None) => Err(Error::new(Kind::NotReady, "Flux is not installed in this cluster")
            .hint("Install it with `flux bootstrap git`, or choose another cluster with --context.")),
        _ => Ok(()),
    }
}
