//! SSH keys as files hold them.

use std::sync::Arc;

/// A private key, unlocked.
#[derive(Clone)]
pub struct DeployKey {
    key: Arc<ssh_key::PrivateKey>,
}

impl std::fmt::Debug for DeployKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "DeployKey({})", self.key.algorithm())
    }
}

impl DeployKey {
    /// The kind of key, as `known_hosts` and `authorized_keys` name it.
    pub fn kind(&self) -> String {
        self.key.algorithm().to_string()
    }

    /// The fingerprint as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(ssh_key::HashAlg::Sha256).to_string()
    }

    /// Whether it is an RSA key.
    pub fn is_rsa(&self) -> bool {
        self.key.algorithm().is_rsa()
    }

    pub(crate) const fn private_key(&self) -> &Arc<ssh_key::PrivateKey> {
        &self.key
    }
}
