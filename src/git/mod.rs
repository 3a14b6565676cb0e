//! Git: addresses, transports, and the few operations a bootstrap needs. No git2 type leaves this module.

pub mod sync_url;
pub mod url;
