//! What one run of `flux reconcile`, `flux suspend` or `flux resume` shall do.

use super::{ClusterConfig, RunConfig};
use crate::domain::flux::FluxKind;

/// Everything such a command was asked to do.
#[derive(Clone, Debug)]
pub(crate) struct SteerConfig {
    /// Which cluster, and which namespace in it.
    pub cluster: ClusterConfig,
    /// The run's deadline and output, and whether it writes at all.
    pub run: RunConfig,
    /// What is to be done.
    pub verb: SteerVerb,
    /// With objects of which kind.
    pub kind: FluxKind,
    /// With which of them.
    pub chosen: Chosen,
}

/// What a controller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SteerVerb {
    /// Look now.
    Reconcile {
        /// `--with-source`: fetch the source first.
        with_source: bool,
    },
    /// Act no more.
    Suspend,
    /// Act again.
    Resume {
        /// `--wait`: until it is ready.
        wait: bool,
    },
}

/// Which objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// Those of these names.
    Named(Vec<String>),
    /// `--all`: all of the namespace.
    All,
}
