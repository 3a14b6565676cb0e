//! Git: addresses, transports, and the few operations a bootstrap needs. No git2 type leaves this module.

mod auth;
mod commit;
mod error;
pub mod host_key;
pub mod known_hosts;
mod objects;
mod remote;
pub mod signing;
pub mod transport;
mod tree;

pub use auth::{Auth, Connection, SshAuth};
pub use commit::{CommitSigner, Signature};
pub use error::{GitError, ServerResponse};
pub use remote::{FetchMode, OnRetry, Remote, Tip};
pub use tree::{Entry, EntryKind};
