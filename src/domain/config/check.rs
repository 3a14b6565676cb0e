//! What one run of `flux check` shall look at.

use std::time::Duration;

use super::{ClusterConfig, OutputFormat};
use crate::domain::flux::Component;

/// Everything `flux check` was asked to do.
#[derive(Clone, Debug)]
pub struct CheckConfig {
    /// Which cluster, and which namespace in it.
    pub cluster: ClusterConfig,
    /// `--pre`: only whether a bootstrap could begin.
    pub before_bootstrap: bool,
    /// `--components`: the controllers that are looked at; none for all that are there.
    pub components: Option<Vec<Component>>,
    /// `--components-extra`: controllers that must be there besides.
    pub components_extra: Vec<Component>,
    /// `--poll-interval`: how often it is looked again while something is not ready; none for one look.
    pub poll_interval: Option<Duration>,
    /// `--timeout`
    pub timeout: Duration,
    /// `--output`
    pub output: OutputFormat,
}
