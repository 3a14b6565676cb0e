//! Git: addresses, transports, and the few operations a bootstrap needs. Packs are read by its own code.

mod auth;
mod commit;
pub(crate) mod error;
pub(crate) mod host_key;
pub(crate) mod known_hosts;
mod objects;
mod pack;
mod remote;
pub(crate) mod signing;
pub(crate) mod transport;
mod tree;

pub use auth::{Auth, Connection, SshAuth};
pub use commit::{CommitSigner, Signature};
pub use error::GitError;
pub(crate) use remote::Proposed;
pub use remote::{FetchMode, Remote, Tip};
pub(crate) use tree::Entry;
pub use tree::EntryKind;
