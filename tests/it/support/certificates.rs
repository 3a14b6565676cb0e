//! A certificate authority for the bed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::process;

/// A certificate authority whose certificates nobody else trusts.
pub(crate) struct TestCa {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    file: PathBuf,
}

impl TestCa {
    /// The authority of this test process.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<TestCa> = LazyLock::new(|| TestCa::new("Test bed CA"));
        &SHARED
    }

    /// Another authority, for servers that must not be trusted.
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let file = process::new_folder("ca").join("ca.crt");
        fs_err::write(&file, &pem).unwrap();
        Self { issuer: Issuer::new(params, key), pem, file }
    }

    /// The authority's certificate.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// A file that holds the authority's certificate.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// A server certificate for these DNS names or addresses, and its key, as PEM.
    pub(crate) fn server_certificate(&self, names: &[&str]) -> (String, String) {
        self.sign(parameters(names), ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// What a TLS server needs to present a certificate for `names` that is valid between two years, each from its
    /// first day on.
    pub(crate) fn tls_server_between(&self, names: &[&str], years: (i32, i32)) -> Arc<rustls::ServerConfig> {
        let mut params = parameters(names);
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        server_config(&self.sign(params, ExtendedKeyUsagePurpose::ServerAuth))
    }

    /// A client certificate that Kubernetes reads as this user in these groups, and its key, as PEM.
    pub(crate) fn client_certificate(&self, user: &str, groups: &[&str]) -> (String, String) {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, user);
        for group in groups {
            params.distinguished_name.push(DnType::OrganizationName, *group);
        }
        self.sign(params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(&self, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// What a TLS server needs to present a certificate for `names`.
    pub(crate) fn tls_server(&self, names: &[&str]) -> Arc<rustls::ServerConfig> {
        server_config(&self.server_certificate(names))
    }
}

fn parameters(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn server_config((certificate, key): &(String, String)) -> Arc<rustls::ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Arc::new(config)
}
