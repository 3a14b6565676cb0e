//! The two worlds of a run, opened: what every command needs before it looks at anything.

mod branch;
mod connect;
pub mod host_trust;
mod session;
mod tree;

pub use branch::{Repository, Unopened};
pub use connect::{check_flags, connect, namespace};
pub use session::Session;
pub use tree::{Absent, Folder, Tree, join};

use crate::cluster::Cluster;

/// Handles to the cluster and the repository, both open.
pub struct Worlds {
    /// Answers already: its version is known.
    pub cluster: Cluster,
    /// Opened, with the branch's tip fetched.
    pub repository: Repository,
}
