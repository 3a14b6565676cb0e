//! The two worlds of a run, opened: what every command needs before it looks at anything.

mod branch;
mod connect;
pub mod deadline;
pub mod host_trust;
mod session;
mod tree;

pub use branch::{Repository, Unopened};
pub use connect::{check_flags, connect, namespace};
pub use deadline::Deadline;
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

impl Worlds {
    /// Asks a question; the time it takes counts for neither world. None where nobody can be asked.
    pub fn ask(&self, session: &Session<'_>, question: &str) -> Option<std::io::Result<bool>> {
        let (answer, took) = session.ask(question)?;
        self.cluster.extend_deadline(took);
        self.repository.set_deadline(session.deadline.at());
        Some(answer)
    }
}
