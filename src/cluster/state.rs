//! The Flux that a cluster already runs.

use serde_json::Value;

use super::{Cluster, ClusterError};

/// What there is of Flux in the cluster, seen from one namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstalledFlux {
    /// The namespace exists.
    pub namespace_exists: bool,
    /// The namespace is being deleted.
    pub namespace_terminating: bool,
    /// The CRD of GitRepository exists.
    pub installed: bool,
    /// That CRD's label `app.kubernetes.io/version`.
    pub version: Option<String>,
    /// Who else manages Flux here.
    pub owner: Option<ForeignOwner>,
    /// The Kustomization `<namespace>/<namespace>`.
    pub kustomization: Option<Value>,
    /// The GitRepository `<namespace>/<namespace>`.
    pub git_repository: Option<Value>,
    /// The Deployments of the namespace.
    pub deployments: Vec<Value>,
}

/// Another tool that manages the cluster's Flux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForeignOwner {
    /// The CRD's label `app.kubernetes.io/managed-by` names it: `Helm`, ...
    ManagedBy(String),
    /// The Flux Operator, by its FluxInstance `namespace/name`.
    FluxInstance(String),
    /// The Flux extension of AKS or Azure Arc, by one of its Deployments `namespace/name`.
    AksExtension(String),
}

impl InstalledFlux {
    /// `status.lastAppliedRevision` of the Kustomization.
    pub fn applied_revision(&self) -> Option<&str> {
        self.kustomization.as_ref()?["status"]["lastAppliedRevision"].as_str().filter(|revision| !revision.is_empty())
    }
}

impl Cluster {
    /// Reads all there is of Flux, side by side.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn installed_flux(&self, namespace: &str) -> Result<InstalledFlux, ClusterError> {
        let _ = namespace;
        unimplemented!()
    }

    /// For every CustomResourceDefinition among `objects`: the versions that the cluster has stored objects in
    /// but the new definition no longer serves, as (name, versions). Empty is good.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn unserved_versions(&self, objects: &[Value]) -> Result<Vec<(String, Vec<String>)>, ClusterError> {
        let _ = objects;
        unimplemented!()
    }
}
