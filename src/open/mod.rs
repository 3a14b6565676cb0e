//! The two worlds of a run, opened: what every command needs before it looks at anything.

mod branch;
mod connect;
pub(crate) mod host_trust;
mod session;
pub(crate) mod tree;

pub(crate) use branch::{Repository, Unopened};
pub(crate) use connect::{check_flags, connect, namespace};
pub(crate) use session::Session;
pub(crate) use tree::{Absent, Tree, join};

use crate::cluster::Cluster;

/// Handles to the cluster and the repository, both open.
pub(crate) struct Worlds {
    /// Answers already: its version is known.
    pub cluster: Cluster,
    /// Opened, with the branch's tip fetched.
    pub repository: Repository,
}
