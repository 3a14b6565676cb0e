//! Which cluster `flux version` shall ask.

use std::time::Duration;

use super::ClusterConfig;

/// What `flux version` without `--client` was asked to do.
#[derive(Clone, Debug)]
pub(crate) struct VersionConfig {
    /// Which cluster, and which namespace in it.
    pub cluster: ClusterConfig,
    /// `--timeout`
    pub timeout: Duration,
}
