//! Which cluster, and which namespace in it.

use super::{KubeOptions, Namespace};

/// How the cluster is reached and where Flux lives in it.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// kubectl's connection flags.
    pub kube: KubeOptions,
    /// Flux's namespace.
    pub namespace: NamespaceChoice,
    /// `--expect-context`: refuse unless the context in use has this name.
    pub expect_context: Option<String>,
}

/// Flux's namespace, or where to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceChoice {
    /// `--namespace`, `FLUX_SYSTEM_NAMESPACE` or the default.
    Fixed(Namespace),
    /// `--ns-follows-kube-context`: that of the kubeconfig's context, or this one where it names none:
    /// `FLUX_SYSTEM_NAMESPACE` or the default.
    FollowsContext(Namespace),
}
