//! The cluster as a bootstrap finds it.

use crate::cluster::{InstalledFlux, ServerVersion};
use crate::domain::cluster_secret::StoredSecret;

/// What the cluster holds of a bootstrap.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClusterState {
    /// The Flux in the namespace of this run, if there is one.
    pub flux: InstalledFlux,
    /// The Secret named by `--secret-name`; none where it does not exist.
    pub source_secret: Option<StoredSecret>,
    /// The Secret named by `--image-pull-secret`; none where it does not exist or none is named.
    pub pull_secret: Option<StoredSecret>,
    /// The Secret of the proxy of the GitRepository; none where it does not exist, or where a run neither gives a proxy nor takes one back.
    pub proxy_secret: Option<StoredSecret>,
    /// The address of the Service `default/kubernetes`, where it matters and could be read.
    pub api_address: Option<String>,
    /// Whether Azure's identity webhook runs there, where it matters and could be seen.
    pub identity_webhook: Option<bool>,
    /// The API server's version.
    pub version: ServerVersion,
}
