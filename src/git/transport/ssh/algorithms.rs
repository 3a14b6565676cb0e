//! The algorithms this client speaks.
//!
//! Offered are those that current OpenSSH servers and Azure DevOps (`diffie-hellman-group-exchange-sha256`, group 14, MACs
//! without ETM) agree on. SHA-1 key exchanges are left out: the servers that offer nothing else are years out of support,
//! and the cluster's controllers refuse them as well.

use std::borrow::Cow;

use russh::{Preferred, cipher, compression, kex, mac};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg};

const KEX: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_GEX_SHA256,
    kex::DH_G16_SHA512,
    kex::DH_G18_SHA512,
    kex::DH_G14_SHA256,
    kex::EXTENSION_SUPPORT_AS_CLIENT,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
];

const CIPHERS: &[cipher::Name] = &[
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_GCM,
    cipher::AES_128_GCM,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];

const MACS: &[mac::Name] = &[mac::HMAC_SHA256_ETM, mac::HMAC_SHA512_ETM, mac::HMAC_SHA256, mac::HMAC_SHA512];

/// The host key algorithms that [`HostKeyAlgorithms`] knows by name. `ssh-rsa` means SHA-1 signatures and is used only
/// when it is asked for.
const KNOWN: [(&str, Algorithm); 7] = [
    ("ssh-ed25519", Algorithm::Ed25519),
    ("ecdsa-sha2-nistp256", Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }),
    ("ecdsa-sha2-nistp384", Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 }),
    ("ecdsa-sha2-nistp521", Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 }),
    ("rsa-sha2-512", Algorithm::Rsa { hash: Some(HashAlg::Sha512) }),
    ("rsa-sha2-256", Algorithm::Rsa { hash: Some(HashAlg::Sha256) }),
    ("ssh-rsa", Algorithm::Rsa { hash: None }),
];

/// The host key algorithms to accept, most preferred first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKeyAlgorithms(Vec<Algorithm>);

/// A name that is no host key algorithm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a host key algorithm; known are {}", known_names())]
pub struct AlgorithmNameError {
    /// The name as given.
    pub name: String,
}

impl HostKeyAlgorithms {
    /// Reads the values of `--ssh-hostkey-algos`; without any, all but `ssh-rsa` are accepted.
    ///
    /// # Errors
    /// A name is not known.
    pub fn parse(names: &[String]) -> Result<Self, AlgorithmNameError> {
        if names.is_empty() {
            return Ok(Self::default());
        }
        let named = |name: &String| {
            let known = KNOWN.iter().find(|(known, _)| known == name);
            known.map(|(_, algorithm)| algorithm.clone()).ok_or_else(|| AlgorithmNameError { name: name.clone() })
        };
        names.iter().map(named).collect::<Result<_, _>>().map(Self)
    }

    /// What to negotiate with a server, those kinds first of which a key is on record.
    pub(super) fn preferred(&self, on_record: &[Algorithm], certificates: bool) -> Preferred {
        let is_on_record = |algorithm: &Algorithm| {
            on_record.iter().any(|kind| match (kind, algorithm) {
                (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
                (kind, algorithm) => kind == algorithm,
            })
        };
        let mut keys = self.0.clone();
        keys.sort_by_key(|algorithm| !is_on_record(algorithm));
        let host_key_certificates = if certificates { keys.clone() } else { Vec::new() };
        Preferred {
            kex: Cow::Borrowed(KEX),
            key: Cow::Owned(keys),
            host_key_certificates: Cow::Owned(host_key_certificates),
            cipher: Cow::Borrowed(CIPHERS),
            mac: Cow::Borrowed(MACS),
            compression: Cow::Borrowed(&[compression::NONE]),
        }
    }
}

impl Default for HostKeyAlgorithms {
    fn default() -> Self {
        Self(KNOWN.iter().map(|(_, algorithm)| algorithm.clone()).filter(|algorithm| !is_sha1(algorithm)).collect())
    }
}

const fn is_sha1(algorithm: &Algorithm) -> bool {
    matches!(algorithm, Algorithm::Rsa { hash: None })
}

fn known_names() -> String {
    KNOWN.map(|(name, _)| format!("`{name}`")).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(names: &[&str]) -> Result<HostKeyAlgorithms, AlgorithmNameError> {
        HostKeyAlgorithms::parse(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    fn names(preferred: &Preferred) -> Vec<String> {
        preferred.key.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn kinds_on_record_are_asked_for_first() {
        let all = HostKeyAlgorithms::default();
        assert_eq!(names(&all.preferred(&[], false))[0], "ssh-ed25519");
        let rsa = names(&all.preferred(&[Algorithm::Rsa { hash: None }], false));
        assert_eq!(rsa[..3], ["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
        assert!(!rsa.contains(&"ssh-rsa".to_owned()), "SHA-1 signatures only when asked for");
    }

    #[test]
    fn names_are_checked_and_their_order_is_kept() {
        let asked = parse(&["rsa-sha2-256", "ssh-rsa"]).unwrap();
        assert_eq!(names(&asked.preferred(&[Algorithm::Ed25519], false)), ["rsa-sha2-256", "ssh-rsa"]);
        let error = parse(&["rsa-sha2-512", "rsa-sha3"]).unwrap_err();
        assert!(error.to_string().starts_with("`rsa-sha3` is not a host key algorithm; known are `ssh-ed25519`,"));
    }

    #[test]
    fn every_known_name_is_the_protocol_s() {
        for (name, algorithm) in KNOWN {
            assert_eq!(algorithm.to_string(), name);
        }
    }
}
