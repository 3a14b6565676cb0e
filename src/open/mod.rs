//! The two worlds of a run, opened: what every command needs before it looks at anything.

mod api;
mod branch;
mod connect;
pub(crate) mod explain;
mod flux_kind;
pub(crate) mod host_trust;
pub(crate) mod identity_trial;
mod session;
mod sign_in;
mod start;
pub(crate) mod threads;
pub(crate) mod tree;
pub(crate) mod trial;

pub(crate) use api::Api;
pub(crate) use branch::{Repository, Unopened};
pub(crate) use connect::{check_flags, connect, namespace};
pub(crate) use flux_kind::require_definition;
pub(crate) use session::Session;
pub(crate) use start::{Missing, Start};
pub(crate) use tree::{Absent, Tree, join};

use crate::cluster::Cluster;
use crate::domain::error::{Error, Kind};

/// Handles to what a run is about.
pub(crate) struct Worlds {
    /// Answers already: its version is known.
    pub cluster: Cluster,
    /// Opened, with the branch's tip fetched; none where a command leaves the repository alone.
    pub repository: Option<Repository>,
}

impl Worlds {
    /// The repository, for steps that only commands with one plan.
    pub(crate) fn repository(&self) -> Result<&Repository, Error> {
        self.repository.as_ref().ok_or_else(|| Error::new(Kind::Other, "no repository was opened for this run"))
    }
}
