//! Certificates of hosts (OpenSSH's PROTOCOL.certkeys): a key that an authority on record vouches for.

use ssh_key::certificate::CertType;
use ssh_key::{Algorithm, Certificate, HashAlg, PublicKey};

use super::{HostKeySources, HostKeyVerdict, Role, TrustedBy};
use crate::git::known_hosts;

impl HostKeySources {
    /// Judges a host certificate: valid now, for this host, without a condition that nobody here knows, and signed, by
    /// more than SHA-1, by an authority on record. `None` when it is not; the key then counts for itself.
    pub fn certificate_verdict(&self, host: &str, port: u16, certificate: &Certificate) -> Option<HostKeyVerdict> {
        let presented = PublicKey::from(certificate.public_key().clone());
        let authority = PublicKey::from(certificate.signature_key().clone());
        if let Some(place) = self.revocation(host, port, &presented).or_else(|| self.revocation(host, port, &authority))
        {
            return Some(HostKeyVerdict::Revoked { place });
        }
        if self.is_pinned(host) {
            return None;
        }
        let (file, entry) = self.entries(host, port).find(|(_, entry)| {
            entry.role == Role::CertAuthority && entry.key.key_data() == certificate.signature_key()
        })?;
        let bare = known_hosts::host_name(host, 22);
        let principals = certificate.valid_principals();
        let valid = certificate.cert_type() == CertType::Host
            && principals.iter().any(|principal| principal.eq_ignore_ascii_case(&bare))
            && is_understood(certificate)
            && certificate.validate_at(self.now, [&authority.fingerprint(HashAlg::Sha256)]).is_ok();
        valid.then(|| {
            HostKeyVerdict::Trusted(TrustedBy::CertAuthority { origin: file.origin().to_owned(), line: entry.line })
        })
    }
}

/// No critical option is defined for hosts, so each is a condition that cannot be checked; and a signature by SHA-1 can
/// be forged.
fn is_understood(certificate: &Certificate) -> bool {
    certificate.critical_options().is_empty()
        && !matches!(certificate.signature().algorithm(), Algorithm::Rsa { hash: None } | Algorithm::Dsa)
}

#[cfg(test)]
mod tests {
    use p521::ecdsa::signature::{Error, Signer};
    use ssh_key::certificate::Builder;
    use ssh_key::private::{Ed25519Keypair, RsaKeypair};
    use ssh_key::public::KeyData;
    use ssh_key::{PrivateKey, Signature, SigningKey};

    use super::*;
    use crate::git::known_hosts::KnownHosts;

    /// An authority that signs by SHA-1.
    struct Old(RsaKeypair);

    impl Signer<Signature> for Old {
        fn try_sign(&self, message: &[u8]) -> Result<Signature, Error> {
            (&self.0, None).try_sign(message)
        }
    }

    impl From<&Old> for KeyData {
        fn from(old: &Old) -> Self {
            Self::from(old.0.public().clone())
        }
    }

    fn verdict(authority: &impl SigningKey, critical: Option<&str>) -> Option<HostKeyVerdict> {
        let host = PrivateKey::from(Ed25519Keypair::from_seed(&[1; 32]));
        let mut builder = Builder::new(vec![0; 16], host.public_key().clone(), 0, 2_000_000_000).unwrap();
        builder.cert_type(CertType::Host).unwrap().key_id("h").unwrap().valid_principal("h").unwrap();
        if let Some(name) = critical {
            builder.critical_option(name, "x").unwrap();
        }
        let certificate = builder.sign(authority).unwrap();
        let line = PublicKey::from(authority.public_key()).to_openssh().unwrap();
        let known = KnownHosts::parse(&format!("@cert-authority * {line}"), "known");
        let sources = HostKeySources { given: Some(known), now: 1_000_000_000, ..HostKeySources::default() };
        sources.certificate_verdict("h", 22, &certificate)
    }

    #[test]
    fn conditions_that_nobody_knows_and_signatures_by_sha1_make_it_worthless() {
        let authority = PrivateKey::from(Ed25519Keypair::from_seed(&[2; 32]));
        assert!(matches!(verdict(&authority, None), Some(HostKeyVerdict::Trusted(_))));
        assert_eq!(verdict(&authority, Some("verify-required@example.com")), None);
        let rsa = RsaKeypair::random(&mut rand::rng(), 2048).unwrap();
        let modern = PrivateKey::from(rsa.clone());
        assert!(matches!(verdict(&modern, None), Some(HostKeyVerdict::Trusted(_))));
        assert_eq!(verdict(&Old(rsa), None), None);
    }
}
