//! Why a proxy opened no connection.

use std::io;

/// Why a proxy opened no connection, worded to follow `proxy .. `; the status is that of an HTTP proxy, or of one in
/// the place of a SOCKS proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) status: Option<u16>,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>, status: Option<u16>) -> Self {
        Self { reason: reason.into(), status }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::new(format!("broke off the handshake: {error}"), None)
    }
}
