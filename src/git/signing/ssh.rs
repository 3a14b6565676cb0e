//! SSH signatures, as OpenSSH's PROTOCOL.sshsig describes and `git verify-commit` accepts them.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use ssh_key::{HashAlg, LineEnding, PublicKey};

use super::SigningError;
use crate::flux_api::git_verification::AuthorKeys;
use crate::git::CommitSigner;
use crate::ssh_key::DeployKey;

/// What git calls its signatures, so that they count nowhere else.
const NAMESPACE: &str = "git";

/// Signs commits with an SSH key: SHA-512 over the commit, and for RSA also in the signature (`rsa-sha2-512`).
pub struct SshSigner {
    key: Arc<DeployKey>,
}

impl SshSigner {
    /// Takes the key after a first signature.
    ///
    /// # Errors
    /// [`SigningError::Failed`] when the key does not sign.
    pub fn new(key: Arc<DeployKey>) -> Result<Self, SigningError> {
        let signer = Self { key };
        signer
            .signature(b"tree")
            .map_err(|error| SigningError::Failed { key: signer.key.fingerprint(), reason: error.to_string() })?;
        Ok(signer)
    }

    fn signature(&self, payload: &[u8]) -> Result<String, ssh_key::Error> {
        self.key.private_key().sign(NAMESPACE, HashAlg::Sha512, payload)?.to_pem(LineEnding::LF)
    }
}

impl CommitSigner for SshSigner {
    fn sign(&self, payload: &[u8]) -> Result<String, Box<dyn Error + Send + Sync>> {
        self.signature(payload).map_err(|error| format!("key `{}`: {error}", self.key.fingerprint()).into())
    }

    fn is_among(&self, kind: AuthorKeys, public_keys: &[u8]) -> Option<bool> {
        if kind != AuthorKeys::Ssh {
            return Some(false);
        }
        let text = std::str::from_utf8(public_keys).ok()?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let own = self.key.private_key().public_key().key_data();
        // A line that cannot be read says nothing about the others.
        let keys: Vec<PublicKey> = lines.filter_map(|line| line.parse().ok()).collect();
        (!keys.is_empty()).then(|| keys.iter().any(|key| key.key_data() == own))
    }
}

impl fmt::Debug for SshSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SshSigner({:?})", self.key)
    }
}

#[cfg(test)]
mod tests {
    use ssh_key::SshSig;

    use super::*;
    use crate::domain::config::{EcdsaCurve, KeyKind};

    #[test]
    fn a_key_is_found_among_authorized_keys() {
        let key = || Arc::new(DeployKey::generate(KeyKind::Ed25519).unwrap());
        let (own, other) = (key(), key());
        let signer = SshSigner::new(Arc::clone(&own)).unwrap();
        let among = |text: &str| signer.is_among(AuthorKeys::Ssh, text.as_bytes());
        let both = format!("# the team\n{} bob\n{} me\n", other.public_line(), own.public_line());
        assert_eq!(among(&both), Some(true));
        assert_eq!(among(&other.public_line()), Some(false));
        assert_eq!(among("no key"), None);
        assert_eq!(signer.is_among(AuthorKeys::OpenPgp, both.as_bytes()), Some(false));
    }

    #[test]
    fn every_kind_of_key_signs_in_gits_namespace_with_sha512() {
        for (kind, algorithm) in [
            (KeyKind::Ed25519, "ssh-ed25519"),
            (KeyKind::Ecdsa(EcdsaCurve::P256), "ecdsa-sha2-nistp256"),
            (KeyKind::Ecdsa(EcdsaCurve::P384), "ecdsa-sha2-nistp384"),
            (KeyKind::Ecdsa(EcdsaCurve::P521), "ecdsa-sha2-nistp521"),
            (KeyKind::Rsa(2048), "rsa-sha2-512"),
        ] {
            let key = Arc::new(DeployKey::generate(kind).unwrap());
            let signer = SshSigner::new(Arc::clone(&key)).unwrap();
            let armored = signer.sign(b"tree 1\n").unwrap();
            assert!(armored.starts_with("-----BEGIN SSH SIGNATURE-----\n"), "{armored}");
            let signature: SshSig = armored.parse().unwrap();
            assert_eq!((signature.namespace(), signature.hash_alg()), ("git", HashAlg::Sha512));
            assert_eq!(signature.signature().algorithm().as_str(), algorithm);
            let public: PublicKey = key.public_line().parse().unwrap();
            public.verify("git", b"tree 1\n", &signature).unwrap();
            public.verify("git", b"tree 2\n", &signature).unwrap_err();
        }
    }
}
