//! SSH signatures, as OpenSSH's PROTOCOL.sshsig describes and `git verify-commit` accepts them.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use ssh_key::{HashAlg, LineEnding};

use super::SigningError;
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
}

impl fmt::Debug for SshSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SshSigner({:?})", self.key)
    }
}

#[cfg(test)]
mod tests {
    use ssh_key::{PublicKey, SshSig};

    use super::*;
    use crate::domain::config::{EcdsaCurve, KeyKind};

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
