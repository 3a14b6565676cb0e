//! JSON Web Tokens: signed with RSA, and verified.

use std::process::Command;
use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::{digest, signature};
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::{declare_secret, new_folder};

/// Modulus and exponent.
pub(crate) type PublicKey = (Vec<u8>, Vec<u8>);

/// An RSA key of 2048 bits.
pub(crate) struct RsaKey {
    key: KeyPair,
    /// PKCS#8.
    pub(crate) pem: String,
}

impl RsaKey {
    /// Made by OpenSSL.
    pub(crate) fn new() -> Self {
        let file = new_folder("rsa").join("key.pem");
        let made = Command::new("openssl")
            .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
            .arg(&file)
            .output();
        assert!(made.unwrap().status.success());
        let pem = fs_err::read_to_string(&file).unwrap();
        declare_secret(pem.lines().nth(3).unwrap());
        let PrivateKeyDer::Pkcs8(der) = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap() else { panic!() };
        Self { key: KeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap(), pem }
    }

    /// Modulus and exponent.
    pub(crate) fn public(&self) -> PublicKey {
        let public: PublicKeyComponents<Vec<u8>> = self.key.public().into();
        (public.n, public.e)
    }

    /// A token that says what another one does, with this key's signature.
    pub(crate) fn resign(&self, token: &str) -> String {
        let forged = self.sign(&Token::parse(token).expect("a token").claims);
        declare_secret(&forged);
        forged
    }

    /// A token of these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let text = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The claims of an issuer about a subject, for ten minutes.
pub(super) fn claims(issuer: &str, subject: &str, audience: &str) -> Value {
    json!({"iss": issuer, "sub": subject, "aud": audience, "iat": now(), "nbf": now() - 5, "exp": now() + 600})
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    let now = flux_bootstrap::for_tests::Environment::default().now();
    now.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The time, as Entra writes it.
pub(super) fn timestamp() -> String {
    let seconds = i64::try_from(now()).unwrap();
    jiff::Timestamp::from_second(seconds).unwrap().to_string().replace('T', " ")
}

/// A certificate of a client: how it is named in assertions, and its key.
#[derive(Clone, Debug)]
pub(crate) struct ClientCertificate {
    /// The thumbprint, base64url.
    pub(super) sha256: String,
    /// The older one.
    pub(super) sha1: String,
    pub(super) key: PublicKey,
}

impl ClientCertificate {
    /// A certificate of this key, made by OpenSSL, and PEM text of both.
    pub(crate) fn of(key: &RsaKey) -> (Self, String) {
        let file = new_folder("client").join("key.pem");
        fs_err::write(&file, &key.pem).unwrap();
        let arguments = ["req", "-x509", "-new", "-subj", "/CN=flux-ci", "-days", "2", "-key"];
        let made = Command::new("openssl").args(arguments).arg(&file).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let certificate = CertificateDer::from_pem_slice(&made.stdout).unwrap();
        let sha256 = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &certificate));
        let sha1 = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate));
        let text = format!("{}{}", String::from_utf8_lossy(&made.stdout), key.pem);
        (Self { sha256, sha1, key: key.public() }, text)
    }
}

/// A token taken apart, not verified yet.
pub(super) struct Token {
    pub(super) header: Value,
    pub(super) claims: Value,
    text: String,
    signature: Vec<u8>,
}

impl Token {
    pub(super) fn parse(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        Some(Self {
            header: json(header)?,
            claims: json(claims)?,
            text: format!("{header}.{claims}"),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// Whether this key (modulus, exponent) signed it.
    pub(super) fn is_signed_by(&self, (n, e): &PublicKey) -> bool {
        let scheme = match self.header["alg"].as_str() {
            Some("RS256") => &signature::RSA_PKCS1_2048_8192_SHA256,
            Some("PS256") => &signature::RSA_PSS_2048_8192_SHA256,
            _ => return false,
        };
        let key = signature::RsaPublicKeyComponents { n, e };
        key.verify(scheme, self.text.as_bytes(), &self.signature).is_ok()
    }

    /// Whether it is good now.
    pub(super) fn is_current(&self) -> bool {
        // Seconds with a fraction are numbers of RFC 7519 too; MSAL for Python sends them.
        let time = |name: &str| self.claims[name].as_f64();
        let now = f64::from(u32::try_from(now()).unwrap());
        time("exp").is_some_and(|end| end > now) && time("nbf").is_none_or(|start| start <= now + 5.0)
    }
}
