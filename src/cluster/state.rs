//! The Flux that a cluster already runs.

use std::fmt;

use serde_json::Value;

use super::ownership::managed_by;
use super::{Cluster, ClusterError};
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::{git_repository, kustomization};

const DEFINITION: &str = "apiextensions.k8s.io/v1";
const INSTANCE_DEFINITION: &str = "fluxinstances.fluxcd.controlplane.io";

/// The Deployments that only Microsoft's Flux extension has, and the namespace where it installs itself.
const AKS_DEPLOYMENTS: &[&str] = &["fluxconfig-agent", "fluxconfig-controller"];
const AKS_NAMESPACE: &str = "flux-system";

/// What there is of Flux in the cluster, seen from one namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstalledFlux {
    /// Whether the namespace is there, even if nothing is in it.
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

impl fmt::Display for ForeignOwner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManagedBy(tool) => write!(formatter, "`{tool}`"),
            Self::FluxInstance(name) => write!(formatter, "the Flux Operator (FluxInstance `{name}`)"),
            Self::AksExtension(name) => write!(formatter, "the Flux extension of AKS or Azure Arc (`{name}`)"),
        }
    }
}

impl InstalledFlux {
    /// `status.lastAppliedRevision` of the Kustomization.
    pub fn applied_revision(&self) -> Option<&str> {
        self.kustomization.as_ref().and_then(kustomization::applied_revision)
    }

    /// What of it can be waited for, as it was seen.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.kustomization.iter().chain(&self.git_repository).chain(&self.deployments).cloned().collect()
    }

    /// The cluster knows Flux, and this namespace holds nothing of it.
    pub const fn is_only_elsewhere(&self) -> bool {
        self.installed && self.kustomization.is_none() && self.deployments.is_empty()
    }
}

impl Cluster {
    /// Reads all there is of Flux, side by side.
    ///
    /// # Errors
    /// Anything but absence.
    pub async fn installed_flux(&self, namespace: &str) -> Result<InstalledFlux, ClusterError> {
        let own_namespace = ObjectRef::cluster_wide("v1", "Namespace", namespace);
        let definition = ObjectRef::cluster_wide(DEFINITION, "CustomResourceDefinition", git_repository::CRD);
        let source = ObjectRef::namespaced(git_repository::API_VERSION, git_repository::KIND, namespace, namespace);
        let sync = ObjectRef::namespaced(kustomization::API_VERSION, kustomization::KIND, namespace, namespace);
        let (own_namespace, definition, kustomization, git_repository, deployments, instance, extension) = futures::join!(
            self.get(&own_namespace),
            self.get_metadata(&definition),
            self.get(&sync),
            self.get(&source),
            self.list("apps/v1", "Deployment", Some(namespace), ""),
            self.flux_instance(),
            self.aks_extension(namespace),
        );
        let (own_namespace, definition, deployments) = (own_namespace?, definition?, deployments?);
        let label = |name: &str| {
            let labels = &definition.as_ref()?["metadata"]["labels"];
            labels[name].as_str().filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let managed_by = definition.as_ref().and_then(managed_by).map(str::to_owned);
        let extension = extension?.or_else(|| aks_deployment(namespace, &deployments));
        let owner = instance?
            .map(ForeignOwner::FluxInstance)
            .or_else(|| extension.map(ForeignOwner::AksExtension))
            .or_else(|| managed_by.map(ForeignOwner::ManagedBy));
        Ok(InstalledFlux {
            namespace_exists: own_namespace.is_some(),
            namespace_terminating: own_namespace.is_some_and(|object| object["status"]["phase"] == "Terminating"),
            installed: definition.is_some(),
            version: label("app.kubernetes.io/version"),
            owner,
            kustomization: kustomization?,
            git_repository: git_repository?,
            deployments,
        })
    }

    /// The namespace whose source-controller is Flux's, where it is another one and this identity may look.
    pub async fn flux_elsewhere(&self, namespace: &str) -> Option<String> {
        let labels = "app.kubernetes.io/part-of=flux,app.kubernetes.io/component=source-controller";
        let found = self.list("apps/v1", "Deployment", None, labels).await.ok()?;
        let mut places = found.iter().filter_map(|deployment| deployment["metadata"]["namespace"].as_str());
        places.find(|place| *place != namespace).map(str::to_owned)
    }

    /// The first FluxInstance, which is the Flux Operator's order to run Flux.
    async fn flux_instance(&self) -> Result<Option<String>, ClusterError> {
        let definition = ObjectRef::cluster_wide(DEFINITION, "CustomResourceDefinition", INSTANCE_DEFINITION);
        match self.get_metadata(&definition).await {
            Ok(Some(_)) => {}
            // Rights may be given for Flux's own definitions alone; then the operator cannot be seen.
            Ok(None) | Err(ClusterError::Forbidden { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
        let instances = self.list("fluxcd.controlplane.io/v1", "FluxInstance", None, "").await?;
        let name = |object: &Value| {
            let metadata = &object["metadata"];
            Some(format!("{}/{}", metadata["namespace"].as_str()?, metadata["name"].as_str()?))
        };
        Ok(instances.first().and_then(name))
    }

    /// Microsoft's extension, where it is not in the namespace that is listed anyway.
    async fn aks_extension(&self, namespace: &str) -> Result<Option<String>, ClusterError> {
        if namespace == AKS_NAMESPACE {
            return Ok(None);
        }
        match self.list("apps/v1", "Deployment", Some(AKS_NAMESPACE), "").await {
            Ok(deployments) => Ok(aks_deployment(AKS_NAMESPACE, &deployments)),
            // Somebody with rights in his own namespace alone cannot look; Flux itself will tell by its CRD.
            Err(ClusterError::Forbidden { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn aks_deployment(namespace: &str, deployments: &[Value]) -> Option<String> {
    let names = deployments.iter().filter_map(|object| object["metadata"]["name"].as_str());
    names.into_iter().find(|name| AKS_DEPLOYMENTS.contains(name)).map(|name| format!("{namespace}/{name}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn microsofts_extension_is_known_by_its_deployments() {
        let deployments =
            [json!({"metadata": {"name": "source-controller"}}), json!({"metadata": {"name": "fluxconfig-agent"}})];
        assert_eq!(aks_deployment("flux-system", &deployments).as_deref(), Some("flux-system/fluxconfig-agent"));
        assert_eq!(aks_deployment("flux-system", &deployments[..1]), None);
    }
}
