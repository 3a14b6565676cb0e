//! What one run of `flux uninstall` shall do.

use super::{ClusterConfig, RunConfig, RunMode};

/// Everything `flux uninstall` was asked to do.
#[derive(Clone, Debug)]
pub(crate) struct UninstallConfig {
    /// Which cluster, and which namespace in it.
    pub cluster: ClusterConfig,
    /// The run's deadline and output, and whether it writes at all.
    pub run: RunConfig,
    /// `--keep-namespace`
    pub keep_namespace: bool,
    /// `--keep-crds`
    pub keep_definitions: bool,
    /// `--silent`: ask nobody.
    pub silent: bool,
    /// `--force`: remove what another tool manages, and let workloads of others go with the namespace.
    pub force: bool,
    /// `--git`: take Flux's files from the branch too.
    pub git: bool,
}

impl UninstallConfig {
    /// Whether nothing is to be written.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.run.mode == RunMode::DryRun
    }
}
