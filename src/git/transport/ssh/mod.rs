//! Git over SSH: one connection per git command, blocking for the caller, with a deadline that holds.
//!
//! The session runs on a tokio runtime of its own that only turns while the caller waits for it. Therefore nothing here
//! may be called from within another runtime's task; `spawn_blocking` is the place.

mod agent;
pub(crate) mod algorithms;
mod channel;
mod connect;
mod connection;
pub(crate) mod error;
mod limits;
mod login;
pub(crate) mod words;

pub use algorithms::HostKeyAlgorithms;
pub(crate) use channel::SshChannel;
pub use connect::{ScannedHostKey, scan_host_key};
pub use connection::{SshConnection, SshIdentity};
pub use error::SshError;
