//! A server's public key.

use std::fmt;

use ssh_key::{HashAlg, PublicKey};

use crate::git::known_hosts;

/// The key by which a server proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKey(pub(super) PublicKey);

impl HostKey {
    /// Wraps a public key; its comment is dropped.
    pub fn new(key: &PublicKey) -> Self {
        Self(PublicKey::from(key.key_data().clone()))
    }

    /// The kind of key, as `known_hosts` names it: `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`.
    pub fn kind(&self) -> String {
        self.0.algorithm().to_string()
    }

    /// The fingerprint as `ssh-keygen -l` prints it: `SHA256:` and base64.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The `known_hosts` line for this key and the host as it stands in the sync URL, without a line break.
    pub fn known_hosts_line(&self, host: &str, port: u16) -> String {
        known_hosts::line(host, port, &self.0)
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind(), self.fingerprint())
    }
}
