//! A client certificate and its key, as TLS shows them.
//!
//! rustls would refuse a certificate of X.509 version 1, which is the server's to judge, and ring has no P-521.

use std::sync::Arc;

use p521::pkcs8::DecodePrivateKey as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys, SignatureAlgorithm, SignatureScheme};

use crate::domain::text;
use crate::http::trust::provider;
use crate::ssh_key::restored;

/// What TLS shows to a server that asks for a certificate; both are PEM.
///
/// # Errors
/// What is wrong, in words that stand behind the name of the user entry.
pub(super) fn identity(certificate: &[u8], key: &[u8]) -> Result<SingleCertAndKey, &'static str> {
    const NO_CERTIFICATE: &str = "`client-certificate` holds no certificate in PEM form";
    let (certificate, _) = text::decode(certificate).map_err(|_| NO_CERTIFICATE)?;
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<_, _>>().map_err(|_| NO_CERTIFICATE)?;
    if chain.is_empty() {
        return Err(NO_CERTIFICATE);
    }
    let (key, _) = text::decode(key).map_err(|_| "`client-key` is no text")?;
    let key = PrivateKeyDer::from_pem_slice(restored(&key).as_bytes())
        .map_err(|_| "`client-key` holds no private key in PEM form that is not locked with a passphrase")?;
    let certified = CertifiedKey::new(chain, signing_key(&key)?);
    match certified.keys_match() {
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err("its client certificate and key do not form a pair")
        }
        // Where it cannot be told, the server will.
        _ => Ok(certified.into()),
    }
}

fn signing_key(key: &PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, &'static str> {
    if let Ok(key) = provider().key_provider.load_private_key(key.clone_key()) {
        return Ok(key);
    }
    let secret = match key {
        PrivateKeyDer::Sec1(der) => p521::SecretKey::from_sec1_der(der.secret_sec1_der()).ok(),
        PrivateKeyDer::Pkcs8(der) => p521::SecretKey::from_pkcs8_der(der.secret_pkcs8_der()).ok(),
        _ => None,
    };
    let secret = secret.ok_or("`client-key` is of no kind that is supported: RSA, P-256, P-384, P-521 or Ed25519")?;
    Ok(Arc::new(P521(Arc::new(secret.into()))))
}

/// A key on the curve P-521.
#[derive(Clone)]
struct P521(Arc<p521::ecdsa::SigningKey>);

impl std::fmt::Debug for P521 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("P521")
    }
}

impl SigningKey for P521 {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer: Box<dyn Signer> = Box::new(self.clone());
        offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512).then_some(signer)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        use p521::ecdsa::signature::Signer as _;
        let signature: p521::ecdsa::Signature =
            self.0.try_sign(message).map_err(|_| Error::General("the client key cannot sign".to_owned()))?;
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

#[cfg(test)]
mod tests {
    use p521::ecdsa::signature::Verifier as _;

    use super::*;

    /// Of X.509 version 1, as `openssl x509 -req` makes it without extensions, valid until 2126.
    const VERSION_1: &str = "\
-----BEGIN CERTIFICATE-----
MIIBMDCB1wIUWuVAv+UHjOVZa7SJJPAVAXil8xgwCgYIKoZIzj0EAwIwFDESMBAG
A1UEAwwJYXV0aG9yaXR5MCAXDTI2MTEyNzExNTg1NloYDzIxMjYxMTAzMTE1ODU2
WjAgMQ0wCwYDVQQKDAR0ZWFtMQ8wDQYDVQQDDAZwZXJzb24wWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQSinp/+t7QuUKP5rSqwDXwMK9jbLb1i1IVoZ4SrZTDi2RS
j6xUySnWSdfgDl0IJUHKUazZIhZmFDwlv6AN0GypMAoGCCqGSM49BAMCA0gAMEUC
IDrHBH169cOpcV/uc/kucARv58Voj+cv+uE9ta7TXe6JAiEAtz31ZGYlVwkiXEAZ
OfDMu4d/HnKvAk9/nLNEuCnWXqc=
-----END CERTIFICATE-----
";
    /// Its key.
    const P256: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEpCcVtnM7TMskvF+
M9u4ago3jgyKjfjN6UyhEqAtLK6hRANCAAQSinp/+t7QuUKP5rSqwDXwMK9jbLb1
i1IVoZ4SrZTDi2RSj6xUySnWSdfgDl0IJUHKUazZIhZmFDwlv6AN0Gyp
-----END PRIVATE KEY-----
";
    /// A key on P-521 in its two encodings.
    const P521_SEC1: &str = "\
-----BEGIN EC PRIVATE KEY-----
MIHcAgEBBEIBSxmD2gEQHb+oVVKTkVNsBY3Y0tfH0jqs+J0pkbCevHhSOrXy3OXv
Bz99fQSsdkiQ8AMtQBPwXScWuiXV3pW/p+SgBwYFK4EEACOhgYkDgYYABAAbM88G
FMsJl8sXGfKSpANpqoCIv0SRyn1sPzWBN1uthOVV2DoqeihrRiwRFefNgekJKIMT
LOaCo+UxKPNvGhu5CAA9L1s2TYVvB37LPY0nKYEuoul8DlB0sEbDtI4r+5Towpg5
1w7pgPChQdYOIb6OSq8IXZXKgkrYlj5FpMNsTGk7qw==
-----END EC PRIVATE KEY-----
";
    const P521_PKCS8: &str = "\
-----BEGIN PRIVATE KEY-----
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBSxmD2gEQHb+oVVKT
kVNsBY3Y0tfH0jqs+J0pkbCevHhSOrXy3OXvBz99fQSsdkiQ8AMtQBPwXScWuiXV
3pW/p+ShgYkDgYYABAAbM88GFMsJl8sXGfKSpANpqoCIv0SRyn1sPzWBN1uthOVV
2DoqeihrRiwRFefNgekJKIMTLOaCo+UxKPNvGhu5CAA9L1s2TYVvB37LPY0nKYEu
oul8DlB0sEbDtI4r+5Towpg51w7pgPChQdYOIb6OSq8IXZXKgkrYlj5FpMNsTGk7
qw==
-----END PRIVATE KEY-----
";

    #[test]
    fn a_certificate_of_version_1_is_shown() {
        assert!(identity(VERSION_1.as_bytes(), P256.as_bytes()).is_ok());
    }

    #[test]
    fn a_key_is_read_however_its_line_ends_were_lost() {
        for key in [format!("\u{feff}{}", P256.replace('\n', "\r\n")), P256.replace('\n', "\\n")] {
            assert!(identity(VERSION_1.as_bytes(), key.as_bytes()).is_ok(), "{key:?}");
        }
    }

    #[test]
    fn a_key_on_p521_signs() {
        for pem in [P521_SEC1, P521_PKCS8] {
            let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
            let signer = signing_key(&key).unwrap().choose_scheme(&[SignatureScheme::ECDSA_NISTP521_SHA512]).unwrap();
            let signature = p521::ecdsa::DerSignature::from_bytes(&signer.sign(b"hello").unwrap()).unwrap();
            let PrivateKeyDer::Sec1(der) = PrivateKeyDer::from_pem_slice(P521_SEC1.as_bytes()).unwrap() else {
                panic!()
            };
            let secret = p521::SecretKey::from_sec1_der(der.secret_sec1_der()).unwrap();
            let public = *p521::ecdsa::SigningKey::from(secret).verifying_key();
            let signature = p521::ecdsa::Signature::try_from(signature).unwrap();
            assert!(public.verify(b"hello", &signature).is_ok());
            assert!(signing_key(&key).unwrap().choose_scheme(&[SignatureScheme::ED25519]).is_none());
        }
    }

    #[test]
    fn what_cannot_be_shown_is_named_by_its_field() {
        for (certificate, key, words) in [
            ("hello", P256, "`client-certificate` holds no certificate"),
            (VERSION_1, "hello", "`client-key` holds no private key"),
            (VERSION_1, VERSION_1, "`client-key` holds no private key"),
        ] {
            let error = identity(certificate.as_bytes(), key.as_bytes()).err().unwrap();
            assert!(error.starts_with(words), "{error}");
        }
    }
}
