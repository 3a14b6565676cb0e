//! What one run of `flux check` shall look at.

use std::time::Duration;

use super::{ClusterConfig, OutputFormat};

/// Everything `flux check` was asked to do.
#[derive(Clone, Debug)]
pub struct CheckConfig {
    /// Which cluster, and which namespace in it.
    pub cluster: ClusterConfig,
    /// `--pre`: only whether a bootstrap could begin.
    pub before_bootstrap: bool,
    /// `--timeout`
    pub timeout: Duration,
    /// `--output`
    pub output: OutputFormat,
}
