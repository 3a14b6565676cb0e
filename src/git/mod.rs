//! Git: addresses, transports, and the few operations a bootstrap needs. No git2 type leaves this module.

pub mod host_key;
pub mod known_hosts;
pub mod sync_url;
pub mod transport;
pub mod url;
