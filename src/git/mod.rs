//! Git: addresses, transports, and the few operations a bootstrap needs. No git2 type leaves this module.

mod auth;
mod commit;
mod error;
pub mod host_key;
pub mod known_hosts;
mod object_id;
mod objects;
mod remote;
pub mod signing;
pub mod sync_url;
pub mod transport;
mod tree;
pub mod url;

pub use auth::{Auth, Connection, SshAuth};
pub use commit::{CommitSigner, Signature};
pub use error::{GitError, ServerResponse};
pub use object_id::{CommitId, NotAnObjectId, ObjectId};
pub use remote::{FetchMode, OnRetry, Remote, Tip};
pub use tree::{Entry, EntryKind};
