//! The files of a bootstrap: what Flux's components look like, and the sync manifests.

pub mod archive;
pub mod base;
pub mod churn;
pub mod components;
mod edits;
mod embedded;
pub mod export;
pub mod kustomization_file;
pub mod local;
pub mod pull_secret;
#[cfg(test)]
mod recorded_components;
pub mod release;
pub mod source_secret;
pub mod sync;
mod yaml_edit;

pub use base::{Base, BaseError, Release};
pub use components::{ComponentsManifest, Header, render};
pub use export::Export;
pub use sync::{Served, SyncError, SyncManifest, SyncNote, SyncOptions};

/// The file that holds Flux's own objects.
pub const COMPONENTS_FILE: &str = "gotk-components.yaml";
/// The file that holds the source and the Kustomization that sync the cluster.
pub const SYNC_FILE: &str = "gotk-sync.yaml";
/// The names under which kustomize looks for its file, in the order in which it looks.
pub const KUSTOMIZATION_FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
