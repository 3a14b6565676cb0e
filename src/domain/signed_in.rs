//! Who a run signed in as.

use std::fmt;
use std::time::SystemTime;

use super::config::LoginMode;

/// The identity that a source gave. Read from the credential, not verified: the service decides who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignedIn {
    /// By which source.
    pub(crate) mode: LoginMode,
    /// Who, where the credential says so.
    pub(crate) identity: Option<String>,
    /// The tenant that issued the token.
    pub(crate) tenant: Option<String>,
    /// When the credential dies.
    pub(crate) expires: Option<SystemTime>,
}

impl SignedIn {
    /// When the credential dies, as `2026-03-01T12:00:00Z`.
    pub(crate) fn expiry(&self) -> Option<String> {
        self.expires.and_then(|time| jiff::Timestamp::try_from(time).ok()).map(|time| time.to_string())
    }
}

impl fmt::Display for SignedIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.identity {
            Some(identity) => write!(formatter, "{identity} ({})", self.mode),
            None => write!(formatter, "{}", self.mode),
        }
    }
}
