//! The cluster as a bootstrap finds it.

use crate::cluster::{InstalledFlux, ServerVersion};
use crate::domain::cluster_secret::StoredSecret;

/// What the cluster holds of a bootstrap.
#[derive(Clone, Debug, Default)]
pub struct ClusterState {
    /// Flux itself.
    pub flux: InstalledFlux,
    /// The source secret.
    pub source_secret: Option<StoredSecret>,
    /// The image pull secret.
    pub pull_secret: Option<StoredSecret>,
    /// The API server's version.
    pub version: ServerVersion,
}
