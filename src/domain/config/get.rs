//! What one run of `flux get` shall list.

use std::time::Duration;

use super::ClusterConfig;
use crate::domain::flux::FluxKind;

/// Everything `flux get` was asked to do.
#[derive(Clone, Debug)]
pub(crate) struct GetConfig {
    /// Which cluster, and which namespace in it.
    pub cluster: ClusterConfig,
    /// Objects of which kind.
    pub kind: FluxKind,
    /// Only the object of this name.
    pub name: Option<String>,
    /// `--all-namespaces`
    pub all_namespaces: bool,
    /// `--label-selector`, as Kubernetes writes it; empty for all.
    pub label_selector: String,
    /// `--status-selector`
    pub status_selector: Option<StatusSelector>,
    /// `--no-header`
    pub without_header: bool,
    /// `--timeout`
    pub timeout: Duration,
}

/// A condition that an object must have to be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatusSelector {
    /// The condition's type, in any case: `Ready`.
    pub condition: String,
    /// Its status, in any case: `True`, `False` or `Unknown`.
    pub status: String,
}
