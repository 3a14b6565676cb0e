//! Whom to trust: the system's certificates, and given ones beside them.

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use super::error::HttpError;

/// The trusted roots. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's store, as in other programs.
pub(super) fn roots(ca: Option<&[u8]>) -> Result<RootCerts, HttpError> {
    let Some(pem) = ca else { return Ok(RootCerts::PlatformVerifier) };
    let mut trusted = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| HttpError::Ca)? {
            trusted.push(certificate);
        }
    }
    if trusted.is_empty() {
        return Err(HttpError::Ca);
    }
    // The platform's verifier takes no further roots here, so the system's store is read instead. A system
    // without any is no obstacle: the given ones may be all that is needed.
    let system = rustls_native_certs::load_native_certs();
    trusted.extend(system.certs.iter().map(|der| Certificate::from_der(der).to_owned()));
    Ok(RootCerts::new_with_certs(&trusted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        for pem in [&b""[..], b"hello", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            assert_eq!(roots(Some(pem)).err(), Some(HttpError::Ca), "{pem:?}");
        }
    }

    #[test]
    fn given_certificates_stand_beside_the_system_s() {
        let own = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap();
        let RootCerts::Specific(trusted) = roots(Some(own.cert.pem().as_bytes())).unwrap() else { panic!() };
        assert_eq!(trusted.len(), 1 + rustls_native_certs::load_native_certs().certs.len());
        assert_eq!(trusted[0].der(), &own.cert.der()[..]);
    }
}
