//! The names of the options, which are those of their flags and of the record's keys.

use std::fmt;
use std::str::FromStr;

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum OptionName {
    /// The cluster trusts certificates of its own where it signs in by its identity.
    CaFile,
    /// The identity of the cluster.
    ClusterIdentityClientId,
    /// How its controllers prove it.
    ClusterIdentityMode,
    /// The account that signs in where an object names it.
    ClusterIdentityServiceAccount,
    /// The tenant of that identity.
    ClusterIdentityTenantId,
    /// Workers, caches and limits by the size of the cluster.
    ClusterSize,
    /// Arguments of single controllers.
    ControllerArg,
    /// Authorities that all controllers trust.
    ControllerCaFile,
    /// What the controllers reach without the proxy.
    ControllerNoProxy,
    /// The proxy of all controllers.
    ControllerProxy,
    /// Limits of single controllers.
    ControllerResources,
    /// Feature gates of single controllers.
    FeatureGates,
    /// helm-controller ends before it runs out of memory.
    HelmOomWatch,
    /// Tenants are kept apart.
    MultiTenant,
    /// Labels of the nodes that run the controllers.
    NodeSelector,
    /// Patches of the user's.
    Patch,
    /// How the cluster signs in to the Git server.
    Provider,
    /// A volume for source-controller's artifacts.
    Storage,
    /// The class of that volume.
    StorageClass,
    /// Taints that all controllers tolerate.
    Toleration,
}

impl OptionName {
    /// Every option, by name.
    pub(crate) const ALL: [Self; 20] = [
        Self::CaFile,
        Self::ClusterIdentityClientId,
        Self::ClusterIdentityMode,
        Self::ClusterIdentityServiceAccount,
        Self::ClusterIdentityTenantId,
        Self::ClusterSize,
        Self::ControllerArg,
        Self::ControllerCaFile,
        Self::ControllerNoProxy,
        Self::ControllerProxy,
        Self::ControllerResources,
        Self::FeatureGates,
        Self::HelmOomWatch,
        Self::MultiTenant,
        Self::NodeSelector,
        Self::Patch,
        Self::Provider,
        Self::Storage,
        Self::StorageClass,
        Self::Toleration,
    ];

    /// The flag's name without hyphens before it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::CaFile => "ca-file",
            Self::ClusterIdentityClientId => "cluster-identity-client-id",
            Self::ClusterIdentityMode => "cluster-identity-mode",
            Self::ClusterIdentityServiceAccount => "cluster-identity-service-account",
            Self::ClusterIdentityTenantId => "cluster-identity-tenant-id",
            Self::ClusterSize => "cluster-size",
            Self::ControllerArg => "controller-arg",
            Self::ControllerCaFile => "controller-ca-file",
            Self::ControllerNoProxy => "controller-no-proxy",
            Self::ControllerProxy => "controller-proxy",
            Self::ControllerResources => "controller-resources",
            Self::FeatureGates => "feature-gates",
            Self::HelmOomWatch => "helm-oom-watch",
            Self::MultiTenant => "multi-tenant",
            Self::NodeSelector => "node-selector",
            Self::Patch => "patch",
            Self::Provider => "provider",
            Self::Storage => "storage",
            Self::StorageClass => "storage-class",
            Self::Toleration => "toleration",
        }
    }

    /// What would be right, as advice.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::CaFile | Self::ControllerCaFile => "Give a file of PEM certificates.",
            Self::ClusterIdentityClientId => {
                "Give the client id of the managed identity or application, as `az identity show --name <identity> --resource-group <group> --query clientId` prints it."
            }
            Self::ClusterIdentityMode => "Give `auto`, `webhook`, `projected`, `object` or `node`.",
            Self::ClusterIdentityServiceAccount => "Give the name of a service account, such as `flux-git`.",
            Self::ClusterIdentityTenantId => {
                "Give the id of the tenant, as `az account show --query tenantId` prints it."
            }
            Self::ClusterSize => "Give `small`, `medium` or `large`.",
            Self::ControllerArg => {
                "Give the controller and its argument, such as `kustomize-controller=--concurrent=10`; an empty value removes it."
            }
            Self::ControllerNoProxy => "Give hosts, domains and networks, such as `10.0.0.0/8,.corp.example.com`.",
            Self::ControllerProxy => {
                "Give an address without user and password, such as `http://proxy.example.com:3128`; for a proxy with a password use --source-proxy-file."
            }
            Self::ControllerResources => {
                "Give the controller and its limits, such as `helm-controller=cpu=1,memory=1Gi`; an empty limit is removed."
            }
            Self::FeatureGates => {
                "Give the controller and its gates, such as `helm-controller=OOMWatch=true`; an empty gate is removed."
            }
            Self::HelmOomWatch => "Give the share of the memory limit in percent, from 1 to 99, such as `95`.",
            Self::MultiTenant => "Give the name of a service account, such as `default`.",
            Self::NodeSelector => "Give a label of the nodes, such as `disk=ssd`; `disk-` removes it.",
            Self::Patch => "Give a file with a strategic merge patch, or one with `target` and `patch`.",
            Self::Provider => "Give `azure` or `generic`.",
            Self::Storage => "Give a size, such as `10Gi`.",
            Self::StorageClass => "Give the name of a StorageClass.",
            Self::Toleration => {
                "Give a taint as `KEY[=VALUE][:EFFECT]`, such as `dedicated=flux:NoSchedule`; effects are NoSchedule, PreferNoSchedule and NoExecute."
            }
        }
    }
}

impl fmt::Display for OptionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for OptionName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or(())
    }
}
