//! A client's certificate, and the assertions that its key signs.
//!
//! Entra takes JWTs of RFC 7523 signed with PS256, whose header names the certificate by its SHA-256 thumbprint
//! (Microsoft's documentation of certificate credentials).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use zeroize::Zeroizing;

/// How long an assertion is good for, in seconds.
const LIFETIME: u64 = 600;

/// A certificate with its key.
pub(super) struct Certificate {
    /// The client's own first.
    chain: Vec<CertificateDer<'static>>,
    key: Arc<dyn SigningKey>,
}

impl Certificate {
    /// Reads PEM that holds both, in whichever order.
    ///
    /// # Errors
    /// What is missing or of the wrong kind; nothing of the content.
    pub(super) fn parse(pem: &[u8]) -> Result<Self, String> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let chain = chain.map_err(|_| "it is no PEM".to_owned())?;
        if chain.is_empty() {
            return Err(
                "it holds no `BEGIN CERTIFICATE`; PKCS#12 must be made PEM first (`openssl pkcs12 -nodes`)".to_owned()
            );
        }
        if pem.windows(29).any(|window| window == b"BEGIN ENCRYPTED PRIVATE KEY--") {
            return Err(
                "its key is encrypted; write it without a passphrase (`openssl pkey`) where nobody else can read it"
                    .to_owned(),
            );
        }
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| "it holds no private key".to_owned())?;
        let key = any_supported_type(&key).map_err(|_| "its private key is of an unknown kind".to_owned())?;
        Ok(Self { chain, key })
    }

    /// A fresh assertion of this client for a token endpoint.
    ///
    /// # Errors
    /// A key that is not RSA.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: SystemTime,
        sends_chain: bool,
    ) -> Result<Zeroizing<String>, String> {
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]);
        let signer = signer.ok_or_else(|| "its key is not RSA, which Entra demands".to_owned())?;
        let thumbprint = self.chain.first().map(Sha256::digest).unwrap_or_default();
        let mut header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(thumbprint)});
        if sends_chain {
            header["x5c"] = self.chain.iter().map(|certificate| STANDARD.encode(certificate)).collect();
        }
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = json!({"aud": audience, "iss": client_id, "sub": client_id, "jti": identifier(),
            "nbf": now, "iat": now, "exp": now + LIFETIME});
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut assertion = Zeroizing::new(format!("{}.{}", part(&header), part(&claims)));
        let signature = signer.sign(assertion.as_bytes()).map_err(|_| "its key signs nothing".to_owned())?;
        assertion.push('.');
        assertion.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(assertion)
    }
}

/// A random id that no other assertion has.
fn identifier() -> String {
    format!("{:032x}", rand::random::<u128>())
}
