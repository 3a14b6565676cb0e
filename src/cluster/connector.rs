//! From the chosen settings to a client that shows the right credentials.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::client::{ConfigExt as _, RustlsTlsError as TlsError};
use kube::config::{AuthInfo, Cluster};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::SingleCertAndKey;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use zeroize::Zeroizing;

use super::client_identity::identity;
use super::exec_plugin::{Credential, ExecPlugin};
use super::exposure::{warnings, withhold};
use super::kubeconfig::{Choice, not_empty};
use super::kubeconfig_data::content;
use super::network::no_answer;
use super::notices::Notices;
use super::proxy::ServerProxy;
use super::server_url::server;
use super::{ClusterError, ConfigProblem, proxy, stack};
use crate::domain::environment::Environment;
use crate::domain::given_file;
use crate::domain::limits::Limits;
use crate::domain::server_text::printable;
use crate::domain::text;
use crate::http::trust::verifier;

/// Everything needed to build a client, and to build it anew with fresh credentials.
pub(crate) struct Connector {
    pub(crate) context: Option<String>,
    pub(crate) user: Option<String>,
    config: kube::Config,
    proxy: Option<Arc<ServerProxy>>,
    /// The user entry: credentials that are in it, or that its files hold.
    entry: AuthInfo,
    /// Where the user entry stands, for people.
    user_place: String,
    plugin: Option<ExecPlugin>,
    /// Who hears what is told at any time.
    pub(super) notices: Notices,
}

impl Connector {
    /// Checks everything that can be checked without a connection. Also returns the server's URL.
    pub(super) fn new(
        choice: Choice,
        environment: &Environment,
        notices: Notices,
    ) -> Result<(Self, String), ClusterError> {
        let Choice { context, user_name, cluster, cluster_place, mut user, user_place, .. } = choice;
        let uri = server(&cluster, &cluster_place)?;
        withhold(&mut user, uri.scheme_str());
        let shown = uri.to_string().trim_end_matches('/').to_owned();
        let (data, file) = (&cluster.certificate_authority_data, &cluster.certificate_authority);
        let authority =
            content("certificate-authority", data.as_deref(), file.as_deref(), &cluster_place, environment)?;
        let proxy = proxy::of_server(not_empty(cluster.proxy_url.as_ref()).as_deref(), &uri, environment)?;
        let config = config(&cluster, &cluster_place, uri, authority.as_deref())?;
        refuse_impossible(&user, &user_place)?;
        let entry = with_files_read(user, &user_place, environment)?;
        let plugin = match &entry.exec {
            // As for client-go, any other credential stands before the plugin.
            Some(exec) if !has_credential(&entry) => {
                let told = told_to_plugin(&cluster, &shown, authority.as_deref(), &config);
                let exec = serde_json::to_value(exec).unwrap_or_default();
                Some(ExecPlugin::of(&exec, &told, environment)?)
            }
            _ => None,
        };
        let proxy = proxy.map(Arc::new);
        Ok((Self { context, user: user_name, config, proxy, entry, user_place, plugin, notices }, shown))
    }

    /// Warnings of what a connection would expose, or withholds.
    pub(super) fn warnings(choice: &Choice) -> Vec<String> {
        server(&choice.cluster, &choice.cluster_place).map(|uri| warnings(choice, uri.scheme_str())).unwrap_or_default()
    }

    /// Whether the user acts as another one.
    pub(crate) fn impersonates(&self) -> bool {
        self.entry.impersonate.is_some()
    }

    /// Whether another client could have fresher credentials.
    pub(crate) fn can_renew(&self) -> bool {
        self.plugin.is_some() || self.entry.token_file.is_some()
    }

    /// Builds a client, running the credential plugin or reading the token file.
    pub(crate) async fn client(&self, limits: &Limits) -> Result<kube::Client, ClusterError> {
        let mut config = self.config.clone();
        let mut entry = self.entry.clone();
        if let Some(file) = &entry.token_file {
            match (token_in(file), &entry.token) {
                (Ok(token), _) => entry.token = Some(token.into()),
                // kubectl goes on with the token beside a file that cannot be read.
                (Err(error), None) => return Err(error),
                (Err(_), Some(_)) => {}
            }
        } else if let Some(plugin) = &self.plugin {
            let Credential { token, certificate } = plugin.credential(limits, &self.notices).await?;
            if let Some(token) = token {
                entry.token = Some(token.expose().as_str().into());
            }
            if let Some((certificate, key)) = certificate {
                entry.client_certificate_data = Some(STANDARD.encode(certificate));
                entry.client_key_data = Some(STANDARD.encode(key.expose()).into());
            }
        }
        if entry.token.is_some() {
            entry.auth_provider = None;
        }
        let bad = |problem: String| ClusterError::BadSetting { setting: self.user_place.clone(), problem };
        let certificate = decoded(entry.client_certificate_data.take().as_deref());
        let key = decoded(entry.client_key_data.take().as_ref().map(|key| key.expose_secret()));
        let identity = match (certificate, key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                Some(identity(&certificate, &key).map_err(|problem| bad(problem.to_owned()))?)
            }
            (Some(_), None) => return Err(bad("its client certificate comes without a key".to_owned())),
            (None, Some(_)) => return Err(bad("its client key comes without a certificate".to_owned())),
        };
        config.auth_info =
            AuthInfo { token_file: None, exec: None, client_certificate: None, client_key: None, ..entry };
        tls(&config, identity).and_then(|tls| stack::client(&config, self.proxy.as_ref(), &tls)).map_err(|error| {
            match error {
                // These come from reading certificates and keys; the others from the network.
                kube::Error::RustlsTls(TlsError::AddRootCertificate(error)) => ClusterError::BadSetting {
                    setting: "the certificates to trust".to_owned(),
                    problem: printable(&error.to_string()),
                },
                kube::Error::RustlsTls(error) => bad(printable(&error.to_string())),
                kube::Error::Auth(_) => bad("the token holds characters that a header cannot carry".to_owned()),
                error => no_answer(&error, &self.config.cluster_url.to_string()).0,
            }
        })
    }
}

/// TLS with the server: whom to believe, and what to show.
fn tls(config: &kube::Config, identity: Option<SingleCertAndKey>) -> Result<ClientConfig, kube::Error> {
    let mut tls = config.rustls_client_config()?;
    if !config.accept_invalid_certs {
        let roots = config.root_cert.as_ref();
        let roots = roots.map(|roots| roots.iter().map(|der| CertificateDer::from(der.clone())).collect());
        let verifier =
            verifier(roots).map_err(|error| kube::Error::RustlsTls(TlsError::AddRootCertificate(Box::new(error))))?;
        tls.dangerous().set_certificate_verifier(verifier);
    }
    if let Some(identity) = identity {
        tls.client_auth_cert_resolver = Arc::new(identity);
    }
    Ok(tls)
}

/// What this file has encoded itself.
fn decoded(data: Option<&str>) -> Option<Zeroizing<Vec<u8>>> {
    data.and_then(|data| STANDARD.decode(data).ok()).map(Zeroizing::new)
}

/// No token has more bytes.
const LONGEST_TOKEN: usize = 1 << 20;

/// The token that a file holds.
fn token_in(file: &str) -> Result<String, ClusterError> {
    let bad = |problem: ConfigProblem| ClusterError::BadConfig { file: file.to_owned(), problem };
    let bytes = given_file::read(Path::new(file), LONGEST_TOKEN).map_err(|error| bad(error.into()))?;
    let (text, _) = text::decode(&bytes).map_err(|error| bad(ConfigProblem::Content(error.to_string())))?;
    let token = text.trim();
    if token.is_empty() {
        Err(bad(ConfigProblem::Content("it holds no token".to_owned())))
    } else {
        Ok(token.to_owned())
    }
}

/// Whether the entry signs in without its plugin.
fn has_credential(user: &AuthInfo) -> bool {
    let has_certificate = user.client_certificate_data.is_some() && user.client_key_data.is_some();
    user.token.is_some() || user.token_file.is_some() || user.username.is_some() || has_certificate
}

/// How to reach the server and whom to trust, without credentials. `authority` is PEM.
fn config(cluster: &Cluster, place: &str, uri: Uri, authority: Option<&[u8]>) -> Result<kube::Config, ClusterError> {
    let mut config = kube::Config::new(uri);
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(15));
    config.disable_compression = cluster.disable_compression == Some(true);
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify == Some(true);
    config.tls_server_name = not_empty(cluster.tls_server_name.as_ref());
    if config.tls_server_name.as_deref().is_some_and(|name| ServerName::try_from(name).is_err()) {
        let setting = format!("`tls-server-name` of {place}");
        return Err(ClusterError::BadSetting { setting, problem: "it is not a host name".to_owned() });
    }
    if let (Some(pem), false) = (authority, config.accept_invalid_certs) {
        let bad = || match not_empty(cluster.certificate_authority_data.as_ref()) {
            Some(_) => ClusterError::BadSetting {
                setting: format!("`certificate-authority-data` of {place}"),
                problem: ConfigProblem::NotPem.to_string(),
            },
            None => ClusterError::BadConfig {
                file: cluster.certificate_authority.clone().unwrap_or_default(),
                problem: ConfigProblem::NotPem,
            },
        };
        config.root_cert = Some(certificates(pem).ok_or_else(bad)?);
    }
    Ok(config)
}

/// The cluster as a credential plugin is told about it (`spec.cluster` of an ExecCredential); what is not set is left out.
fn told_to_plugin(cluster: &Cluster, server: &str, authority: Option<&[u8]>, config: &kube::Config) -> Value {
    let told = [
        ("server", Value::from(server)),
        ("config", exec_extension(cluster)),
        ("certificate-authority-data", authority.map(|pem| STANDARD.encode(pem)).into()),
        ("insecure-skip-tls-verify", config.accept_invalid_certs.into()),
        ("tls-server-name", config.tls_server_name.clone().into()),
        ("proxy-url", cluster.proxy_url.clone().into()),
        ("disable-compression", config.disable_compression.into()),
    ];
    told.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Refuses what no API server takes any more, or never took.
fn refuse_impossible(user: &AuthInfo, place: &str) -> Result<(), ClusterError> {
    let takes_on_more =
        user.impersonate_uid.is_some() || user.impersonate_groups.is_some() || user.impersonate_user_extra.is_some();
    if user.impersonate.is_none() && takes_on_more {
        let problem = "a uid, groups or extra values can only be taken on together with a user".to_owned();
        return Err(ClusterError::BadSetting { setting: "impersonation (`--as`)".to_owned(), problem });
    }
    if let (Some(provider), None) = (&user.auth_provider, &user.token)
        && !matches!(provider.name.as_str(), "" | "oidc")
    {
        let setting = format!("`auth-provider: {}` of {place}", provider.name);
        let plugin = match provider.name.as_str() {
            "azure" => "run `kubelogin convert-kubeconfig`, which puts a credential plugin in its place",
            "gcp" => "fetch the kubeconfig again with `gke-gcloud-auth-plugin` installed, which takes its place",
            _ => "a credential plugin takes its place",
        };
        let problem = format!("this way of logging in was removed from Kubernetes; {plugin}");
        return Err(ClusterError::BadSetting { setting, problem });
    }
    Ok(())
}

/// The user entry with the content of its certificate and key, and with an absolute path of its token, which is read for
/// every client. Empty fields are as absent.
fn with_files_read(mut user: AuthInfo, place: &str, environment: &Environment) -> Result<AuthInfo, ClusterError> {
    let (data, file) = (user.client_certificate_data.as_deref(), user.client_certificate.as_deref());
    let certificate = content("client-certificate", data, file, place, environment)?;
    let data = user.client_key_data.as_ref().map(|data| data.expose_secret());
    let key = content("client-key", data, user.client_key.as_deref(), place, environment)?;
    user.client_certificate_data = certificate.map(|bytes| STANDARD.encode(bytes));
    user.client_key_data = key.map(|bytes| STANDARD.encode(bytes).into());
    user.token = user.token.filter(|token| !token.expose_secret().is_empty());
    user.username = user.username.filter(|name| !name.is_empty());
    let token_file = user.token_file.filter(|path| !path.is_empty());
    user.token_file = token_file.map(|path| environment.absolute(Path::new(&path)).to_string_lossy().into_owned());
    Ok(user)
}

/// The certificates of a PEM bundle, in DER; none when it is no PEM.
fn certificates(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = String::from_utf8_lossy(pem);
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    let certificates: Option<Vec<Vec<u8>>> = blocks
        .map(|block| {
            let body = block.split_once("-----END CERTIFICATE-----")?.0;
            STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
        })
        .collect();
    certificates.filter(|certificates| !certificates.is_empty())
}

/// What a cluster entry holds for credential plugins.
fn exec_extension(cluster: &Cluster) -> Value {
    let mut extensions = cluster.extensions.iter().flatten();
    extensions
        .find(|extension| extension.name == "client.authentication.k8s.io/exec")
        .map_or(Value::Null, |extension| extension.extension.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(user: AuthInfo) -> Choice {
        Choice {
            context: None,
            user_name: None,
            namespace: None,
            cluster: Cluster { server: Some("https://k8s".into()), ..Cluster::default() },
            cluster_place: "cluster `c` in `f`".into(),
            user,
            user_place: "user `u` in `f`".into(),
        }
    }

    fn connector(user: AuthInfo) -> Connector {
        Connector::new(choice(user), &Environment::default(), Notices::default()).unwrap().0
    }

    #[test]
    fn a_token_file_is_absolute_and_can_be_renewed() {
        let user = AuthInfo { token_file: Some("/t".into()), token: Some("x".into()), ..AuthInfo::default() };
        assert!(connector(user).can_renew());
        assert!(!connector(AuthInfo { token_file: Some(String::new()), ..AuthInfo::default() }).can_renew());
    }

    #[test]
    fn a_plugin_is_asked_only_where_there_is_no_other_credential() {
        use kube::config::ExecConfig;
        let exec = Some(ExecConfig {
            api_version: Some("client.authentication.k8s.io/v1".into()),
            command: Some("login".into()),
            ..ExecConfig::default()
        });
        let data = || Some(STANDARD.encode("x"));
        let alone = AuthInfo { exec: exec.clone(), ..AuthInfo::default() };
        assert!(connector(alone.clone()).plugin.is_some());
        for user in [
            AuthInfo { token: Some("t".into()), ..alone.clone() },
            AuthInfo { token_file: Some("/t".into()), ..alone.clone() },
            AuthInfo { username: Some("u".into()), ..alone.clone() },
            AuthInfo { client_certificate_data: data(), client_key_data: data().map(Into::into), ..alone.clone() },
        ] {
            assert!(connector(user).plugin.is_none());
        }
    }

    #[test]
    fn a_token_is_read_whatever_wrote_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token").display().to_string();
        let wide: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain("tok\r\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for bytes in [b"tok\n".to_vec(), b"\xEF\xBB\xBFtok".to_vec(), wide] {
            fs_err::write(&file, bytes).unwrap();
            assert_eq!(token_in(&file).unwrap(), "tok");
        }
        fs_err::write(&file, "\n").unwrap();
        assert_eq!(token_in(&file).unwrap_err().to_string(), format!("cannot read `{file}`: it holds no token"));
    }

    #[test]
    fn bundles_hold_several_certificates() {
        let block =
            |text: &str| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(text));
        let found = certificates(format!("# comment\n{}{}", block("a"), block("b")).as_bytes());
        assert_eq!(found, Some(vec![b"a".to_vec(), b"b".to_vec()]));
        assert_eq!(certificates(b"nothing"), None);
    }
}
