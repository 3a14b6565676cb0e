//! From the chosen settings to a client that shows the right credentials.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::client::RustlsTlsError as TlsError;
use serde_json::Value;

use super::exec_plugin::{Credential, ExecPlugin};
use super::exposure::{warnings, withhold};
use super::kubeconfig::{Choice, text_of};
use super::network::no_answer;
use super::{ClusterError, ConfigProblem, proxy};
use crate::domain::environment::Environment;
use crate::domain::limits::Limits;
use crate::domain::server_text::printable;

/// Everything needed to build a client, and to build it anew with fresh credentials.
pub(crate) struct Connector {
    pub(crate) context: Option<String>,
    pub(crate) user: Option<String>,
    config: kube::Config,
    /// The user entry: credentials that are in it, or that its files hold.
    entry: Value,
    plugin: Option<ExecPlugin>,
}

impl Connector {
    /// Checks everything that can be checked without a connection. Also returns the server's URL.
    pub(super) fn new(choice: Choice, environment: &Environment) -> Result<(Self, String), ClusterError> {
        let Choice { context, user_name, cluster, mut user, .. } = choice;
        let uri = server(&cluster)?;
        withhold(&mut user, uri.scheme_str());
        let shown = uri.to_string().trim_end_matches('/').to_owned();
        let authority = content(&cluster, "certificate-authority", environment)?;
        let config = config(&cluster, uri, authority.as_deref(), environment)?;
        let plugin = match user["exec"].is_object() {
            true => {
                let told = told_to_plugin(&cluster, &shown, authority.as_deref(), &config);
                let (stdin, stderr) = (environment.stdin_is_terminal, environment.stderr_is_terminal);
                Some(ExecPlugin::of(&user["exec"], &told, stdin, stderr)?)
            }
            false => None,
        };
        refuse_impossible(&user)?;
        let entry = with_files_read(user, environment)?;
        Ok((Self { context, user: user_name, config, entry, plugin }, shown))
    }

    /// Warnings of what a connection would expose, or withholds.
    pub(super) fn warnings(choice: &Choice) -> Vec<String> {
        server(&choice.cluster).map(|uri| warnings(choice, uri.scheme_str())).unwrap_or_default()
    }

    /// Whether the user acts as another one.
    pub(crate) fn impersonates(&self) -> bool {
        self.entry["as"].is_string()
    }

    /// Whether another client could have fresher credentials.
    pub(crate) fn can_renew(&self) -> bool {
        self.plugin.is_some() || self.entry["tokenFile"].is_string()
    }

    /// Builds a client, running the credential plugin or reading the token file.
    pub(crate) async fn client(&self, limits: &Limits) -> Result<kube::Client, ClusterError> {
        let mut config = self.config.clone();
        let mut entry = self.entry.clone();
        let file = text_of(&entry["tokenFile"]).filter(|_| !entry["token"].is_string());
        if let Some(file) = file {
            let bad = |error: std::io::Error| ClusterError::BadConfig { file: file.clone(), problem: error.into() };
            entry["token"] = fs_err::read_to_string(&file).map_err(bad)?.trim().into();
        } else if let (Some(plugin), false) = (&self.plugin, entry["token"].is_string()) {
            let Credential { token, certificate } = plugin.credential(limits).await?;
            if let Some(token) = token {
                entry["token"] = token.expose().as_str().into();
            }
            if let Some((certificate, key)) = certificate {
                entry["client-certificate-data"] = STANDARD.encode(certificate).into();
                entry["client-key-data"] = STANDARD.encode(key.expose()).into();
            }
        }
        for done in ["tokenFile", "exec", "client-certificate", "client-key"] {
            entry.as_object_mut().map(|entry| entry.remove(done));
        }
        let bad = |problem: String| ClusterError::BadSetting { setting: "the kubeconfig's user".to_owned(), problem };
        config.auth_info = serde_json::from_value(entry).map_err(|_| bad("a field has the wrong type".to_owned()))?;
        kube::Client::try_from(config).map_err(|error| match error {
            // These come from reading certificates and keys; the others from the network.
            kube::Error::RustlsTls(TlsError::AddRootCertificate(error)) => ClusterError::BadSetting {
                setting: "the certificates to trust".to_owned(),
                problem: printable(&error.to_string()),
            },
            kube::Error::RustlsTls(error) => bad(printable(&error.to_string())),
            kube::Error::Auth(_) => bad("the token holds characters that a header cannot carry".to_owned()),
            kube::Error::InferKubeconfig(_) => bad("its client certificate and key do not form a pair".to_owned()),
            error => no_answer(&error, &self.config.cluster_url.to_string()).0,
        })
    }
}

/// How to reach the server and whom to trust, without credentials. `authority` is PEM.
fn config(
    cluster: &Value,
    uri: Uri,
    authority: Option<&[u8]>,
    environment: &Environment,
) -> Result<kube::Config, ClusterError> {
    let proxy_url = proxy::of_server(text_of(&cluster["proxy-url"]).as_deref(), &uri, environment)?;
    let mut config = kube::Config::new(uri);
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(15));
    config.disable_compression = cluster["disable-compression"] == true;
    config.accept_invalid_certs = cluster["insecure-skip-tls-verify"] == true;
    config.tls_server_name = text_of(&cluster["tls-server-name"]);
    config.proxy_url = proxy_url;
    if let (Some(pem), false) = (authority, config.accept_invalid_certs) {
        let file = || text_of(&cluster["certificate-authority"]).unwrap_or("certificate-authority-data".to_owned());
        let bad = || ClusterError::BadConfig { file: file(), problem: ConfigProblem::NotPem };
        config.root_cert = Some(certificates(pem).ok_or_else(bad)?);
    }
    Ok(config)
}

/// The cluster as a credential plugin is told about it (`spec.cluster` of an ExecCredential); what is not set is left out.
fn told_to_plugin(cluster: &Value, server: &str, authority: Option<&[u8]>, config: &kube::Config) -> Value {
    let told = [
        ("server", Value::from(server)),
        ("config", exec_extension(cluster)),
        ("certificate-authority-data", authority.map(|pem| STANDARD.encode(pem)).into()),
        ("insecure-skip-tls-verify", config.accept_invalid_certs.into()),
        ("tls-server-name", config.tls_server_name.clone().into()),
        ("proxy-url", cluster["proxy-url"].clone()),
        ("disable-compression", config.disable_compression.into()),
    ];
    told.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Refuses what no API server takes any more, or never took.
fn refuse_impossible(user: &Value) -> Result<(), ClusterError> {
    let is_set = |field: &str| !user[field].is_null();
    if !is_set("as") && ["as-uid", "as-groups", "as-user-extra"].into_iter().any(is_set) {
        let problem = "a uid, groups or extra values can only be taken on together with a user".to_owned();
        return Err(ClusterError::BadSetting { setting: "impersonation (`--as`)".to_owned(), problem });
    }
    if let (Some(provider), None) = (text_of(&user["auth-provider"]["name"]), text_of(&user["token"]))
        && provider != "oidc"
    {
        let setting = format!("`auth-provider: {provider}` of the kubeconfig's user");
        let problem =
            "this way of logging in was removed from Kubernetes; a credential plugin takes its place".to_owned();
        return Err(ClusterError::BadSetting { setting, problem });
    }
    Ok(())
}

/// The user entry with the content of its certificate and key, and with an absolute path of its token, which is read for
/// every client.
fn with_files_read(mut user: Value, environment: &Environment) -> Result<Value, ClusterError> {
    for file in ["client-certificate", "client-key"] {
        if let Some(bytes) = content(&user, file, environment)? {
            user[format!("{file}-data")] = STANDARD.encode(bytes).into();
        }
    }
    if let Some(path) = text_of(&user["tokenFile"]) {
        user["tokenFile"] = environment.absolute(Path::new(&path)).to_string_lossy().into();
    }
    Ok(user)
}

/// The server's URL; without a scheme it is https where anything is said about TLS, as client-go has it.
fn server(cluster: &Value) -> Result<Uri, ClusterError> {
    let bad = |problem: String| ClusterError::BadSetting {
        setting: "`server` of the kubeconfig's cluster".to_owned(),
        problem,
    };
    let text = text_of(&cluster["server"]).ok_or_else(|| bad("it is missing".to_owned()))?;
    let tls = ["certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify"];
    let text = match (text.contains("://"), tls.iter().any(|field| !cluster[*field].is_null())) {
        (true, _) => text,
        (false, true) => format!("https://{text}"),
        (false, false) => format!("http://{text}"),
    };
    let uri: Uri = text.trim_end_matches('/').parse().map_err(|_| bad("it is not a URL".to_owned()))?;
    match (uri.scheme_str(), uri.authority()) {
        (_, Some(authority)) if authority.as_str().contains('@') => {
            Err(bad("a URL with a user name is not supported".to_owned()))
        }
        (Some("https" | "http"), Some(_)) => Ok(uri),
        _ => Err(bad("it is not an http(s) URL".to_owned())),
    }
}

/// A field that is either in the entry, as base64 under `<field>-data`, or in a file.
fn content(entry: &Value, field: &str, environment: &Environment) -> Result<Option<Vec<u8>>, ClusterError> {
    if let Some(encoded) = text_of(&entry[format!("{field}-data")]) {
        let setting = format!("`{field}-data` of the kubeconfig");
        let decoded = STANDARD.decode(encoded.trim());
        return decoded
            .map(Some)
            .map_err(|_| ClusterError::BadSetting { setting, problem: "it is not base64".to_owned() });
    }
    let Some(path) = text_of(&entry[field]) else { return Ok(None) };
    let path = environment.absolute(Path::new(&path));
    fs_err::read(&path)
        .map(Some)
        .map_err(|error| ClusterError::BadConfig { file: path.display().to_string(), problem: error.into() })
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
fn exec_extension(cluster: &Value) -> Value {
    let extensions = cluster["extensions"].as_array().into_iter().flatten();
    extensions
        .filter(|extension| extension["name"] == "client.authentication.k8s.io/exec")
        .map(|extension| extension["extension"].clone())
        .next()
        .unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn servers_are_checked_without_repeating_passwords() {
        assert_eq!(
            server(&json!({"server": "k8s:6443", "insecure-skip-tls-verify": true})).unwrap(),
            "https://k8s:6443/"
        );
        assert_eq!(server(&json!({"server": "localhost:8080"})).unwrap(), "http://localhost:8080/");
        for wrong in ["", "ftp://k8s", "https://user:hunter2@k8s", "https://"] {
            let error = server(&json!({"server": wrong})).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
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
