//! The files of a bootstrap: what Flux's components look like, and the sync manifests.

pub(crate) mod archive;
pub(crate) mod base;
pub(crate) mod churn;
pub(crate) mod cluster_options;
pub(crate) mod components;
mod edits;
mod embedded;
pub(crate) mod export;
pub(crate) mod kustomization_file;
pub(crate) mod local;
#[cfg(test)]
mod patched_components;
pub(crate) mod pull_secret;
#[cfg(test)]
mod recorded_components;
pub(crate) mod release;
pub(crate) mod source_proxy;
pub(crate) mod source_secret;
pub(crate) mod sync;
pub(crate) mod without_flux;
mod yaml_edit;

pub use base::{Base, BaseError, Release};
pub(crate) use components::ComponentsManifest;
pub use components::render;
pub(crate) use sync::SyncProvider;
pub use sync::{ProxyRef, SyncOptions};
pub(crate) use sync::{Served, SyncManifest};

/// The file that holds Flux's own objects.
pub(crate) const COMPONENTS_FILE: &str = "gotk-components.yaml";
/// The file that holds the source and the Kustomization that sync the cluster.
pub(crate) const SYNC_FILE: &str = "gotk-sync.yaml";
/// The names under which kustomize looks for its file, in the order in which it looks.
pub(crate) const KUSTOMIZATION_FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
