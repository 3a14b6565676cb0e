//! Which certificates of servers are believed.
//!
//! rustls refuses a server's certificate that is an authority's (`CA:TRUE`), as appliances and `openssl req -x509` make
//! them. OpenSSL and Go take one that is itself among the trusted: so does this.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// The one provider of cryptography.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Believes what these roots vouch for, and these themselves; without any, what the system trusts.
///
/// # Errors
/// No root that can be read, or no store of the system.
pub(crate) fn verifier(roots: Option<Vec<CertificateDer<'static>>>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let inner: Arc<dyn ServerCertVerifier> = match &roots {
        Some(roots) => {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(roots.iter().cloned());
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider())
                .build()
                .map_err(|error| Error::General(error.to_string()))?
        }
        None => Arc::new(rustls_platform_verifier::Verifier::new(provider())?),
    };
    Ok(Arc::new(Trust { inner, roots }))
}

#[derive(Debug)]
struct Trust {
    inner: Arc<dyn ServerCertVerifier>,
    roots: Option<Vec<CertificateDer<'static>>>,
}

impl Trust {
    /// Whether a certificate is itself among those that are trusted.
    fn holds(&self, certificate: &CertificateDer<'_>) -> bool {
        match &self.roots {
            Some(roots) => roots.iter().any(|root| root == certificate),
            None => rustls_native_certs::load_native_certs().certs.iter().any(|root| root == certificate),
        }
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let result = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match result {
            // By then the validity has been checked, the name has not.
            Err(error) if is_authority(&error) && self.holds(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Whether a server was refused because its certificate is an authority's. rustls has no case of its own for it.
pub(super) fn is_authority(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::Other(other)) if format!("{other:?}").contains("CaUsedAsEndEntity"))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};

    use super::*;
    use crate::http::TlsProblem;

    /// A certificate that is its own authority, valid in these years.
    fn authority(name: &str, years: [i32; 2]) -> CertificateDer<'static> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(years[0], 1, 1);
        params.not_after = date_time_ymd(years[1], 1, 1);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn verdict(
        roots: &[&CertificateDer<'static>],
        shown: &CertificateDer<'_>,
        host: &'static str,
    ) -> Option<TlsProblem> {
        let verifier = verifier(Some(roots.iter().map(|root| (*root).clone()).collect())).unwrap();
        let name = ServerName::try_from(host).unwrap();
        let result = verifier.verify_server_cert(shown, &[], &name, &[], UnixTime::now());
        result.err().map(|error| TlsProblem::of(&error))
    }

    #[test]
    fn a_server_that_is_its_own_authority_is_trusted_where_it_is_given_itself() {
        let own = authority("appliance", [2020, 2999]);
        let other = authority("appliance", [2020, 2999]);
        assert_eq!(verdict(&[&own], &own, "appliance"), None);
        assert_eq!(verdict(&[&other, &own], &own, "appliance"), None);
        assert_eq!(verdict(&[&other], &own, "appliance"), Some(TlsProblem::UnknownAuthority));
        assert_eq!(verdict(&[&own], &own, "elsewhere"), Some(TlsProblem::NameMismatch));
        let expired = authority("appliance", [2020, 2021]);
        assert!(matches!(verdict(&[&expired], &expired, "appliance"), Some(TlsProblem::Expired(_))));
    }
}
