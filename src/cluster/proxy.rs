//! Which proxy leads to the API server: by the conventions of kubectl, and by `ALL_PROXY` where it names a SOCKS proxy. Pure.

use http::Uri;
use percent_encoding::percent_decode_str;

use super::ClusterError;
use crate::domain::config::Secret;
use crate::domain::environment::Environment;
use crate::http::{Proxies, Refusal, check_address};

/// A proxy that leads to the API server.
#[derive(Debug)]
pub(super) struct ServerProxy {
    /// Scheme, host and port.
    pub(super) url: Uri,
    pub(super) language: Language,
    /// The user and password of its URL.
    pub(super) login: Option<(String, Secret<String>)>,
    /// What names it, for people.
    pub(super) setting: String,
}

/// What a proxy is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// `CONNECT`, plainly or in TLS.
    Http,
    /// SOCKS version 5.
    Socks,
}

/// Why a proxy did not lead to the API server.
#[derive(Debug, thiserror::Error)]
#[error("proxy `{proxy}` {refusal}")]
pub(super) struct ProxyFailure {
    /// Its address, without user and password.
    pub(super) proxy: String,
    /// What names it: a variable, or a field of the kubeconfig.
    pub(super) setting: String,
    pub(super) refusal: Refusal,
}

/// The proxy for a server: the one of its cluster's entry, else the environment's.
pub(super) fn of_server(
    proxy_url: Option<&str>,
    server: &Uri,
    environment: &Environment,
) -> Result<Option<ServerProxy>, ClusterError> {
    let scheme = server.scheme_str().unwrap_or("https");
    let port = server.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let proxies = Proxies::of(environment).with_all_for_socks_alone();
    match (proxy_url, proxies.for_host(scheme, server.host().unwrap_or_default(), port)) {
        (Some(url), _) => checked(url, "`proxy-url` of the kubeconfig's cluster").map(Some),
        (None, Some(variable)) => {
            let value = variable.value.expose();
            // Without a scheme it is an http proxy.
            let url = if value.contains("://") { value.clone() } else { format!("http://{value}") };
            checked(&url, &format!("`{}`", variable.name)).map(Some)
        }
        (None, None) => Ok(None),
    }
}

/// Checks a proxy URL; never repeats it, since it may hold a password.
fn checked(text: &str, setting: &str) -> Result<ServerProxy, ClusterError> {
    let bad = |problem: &str| ClusterError::BadSetting {
        setting: format!("{setting}, the proxy of the API server"),
        problem: problem.to_owned(),
    };
    check_address(text).map_err(|fault| bad(&format!("it names a proxy {fault}; write `http://host:port`")))?;
    let uri: Uri = text.trim().parse().map_err(|_| bad("it is not a URL"))?;
    let (scheme, language, port) = match uri.scheme_str() {
        Some("http") => ("http", Language::Http, 80),
        Some("https") => ("https", Language::Http, 443),
        Some("socks5" | "socks5h") => ("socks5", Language::Socks, 1080),
        _ => return Err(bad("it is neither an http, an https nor a socks5 proxy")),
    };
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let userinfo = authority.rsplit_once('@').map(|(userinfo, _)| userinfo);
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let login = userinfo.map(|userinfo| {
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        (decoded(user), Secret::new(decoded(password)))
    });
    let address = format!("{scheme}://{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(port));
    let url = address.parse().map_err(|_| bad("it is not a URL"))?;
    Ok(ServerProxy { url, language, login, setting: setting.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_follows_entry_scheme_and_exceptions() {
        let environment = Environment::of_variables([
            ("https_proxy", "proxy:3128"),
            ("ALL_PROXY", "http://all"),
            ("NO_PROXY", "10.0.0.0/8, .corp"),
        ]);
        let proxy = |entry: Option<&str>, server: &str| {
            of_server(entry, &server.parse().unwrap(), &environment).unwrap().map(|proxy| proxy.url.to_string())
        };
        assert_eq!(proxy(None, "https://k8s.example.com").as_deref(), Some("http://proxy:3128/"));
        assert_eq!(proxy(Some("https://own:1"), "https://k8s.corp").as_deref(), Some("https://own:1/"));
        for host in ["10.1.2.3", "k8s.corp", "localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(proxy(None, &format!("https://{host}:6443")), None, "{host}");
        }
        assert_eq!(proxy(None, "http://k8s.example.com"), None);
        let environment = Environment::of_variables([("ALL_PROXY", "socks5h://proxy"), ("NO_PROXY", "k8s.corp")]);
        let proxy = |server: &str| {
            of_server(None, &server.parse().unwrap(), &environment).unwrap().map(|proxy| proxy.url.to_string())
        };
        assert_eq!(proxy("https://k8s.example.com").as_deref(), Some("socks5://proxy:1080/"));
        assert_eq!(proxy("https://k8s.corp"), None);
    }

    #[test]
    fn a_proxy_gets_the_user_and_password_of_its_url() {
        for (text, url, user, password) in [
            ("http://dev:p%40ss:w@proxy", "http://proxy:80/", "dev", "p@ss:w"),
            ("https://dev@proxy:8443/", "https://proxy:8443/", "dev", ""),
            ("socks5h://dev:x@[fd00::1]", "socks5://[fd00::1]:1080/", "dev", "x"),
        ] {
            let proxy = checked(text, "x").unwrap();
            let (name, secret) = proxy.login.as_ref().unwrap();
            assert_eq!(
                (proxy.url.to_string().as_str(), name.as_str(), secret.expose().as_str()),
                (url, user, password)
            );
            assert!(!format!("{proxy:?}").contains("p@ss"), "{proxy:?}");
        }
    }

    #[test]
    fn an_unusable_proxy_is_refused_naming_what_holds_it_and_without_its_password() {
        let entry = "`proxy-url` of the kubeconfig's cluster";
        let server = "https://k8s.example.com".parse().unwrap();
        for (variable, value, fault) in [
            (None, "http://proxy:hunter2", "whose port is not a number from 1 to 65535"),
            (None, "http://:3128", "without a host"),
            (Some("HTTPS_PROXY"), "http://dev:hunter2@", "without a host"),
            (Some("HTTPS_PROXY"), "proxy:", "whose port is not a number from 1 to 65535"),
            (Some("https_proxy"), "dev:hunter2@proxy:99999", "whose port is not a number from 1 to 65535"),
            (Some("https_proxy"), "http://[]:3128", "without a host"),
            (Some("ALL_PROXY"), "socks5://proxy:0", "whose port is not a number from 1 to 65535"),
            (Some("all_proxy"), "socks5h://:1080", "without a host"),
        ] {
            let environment = Environment::of_variables([(variable.unwrap_or("UNUSED"), value)]);
            let proxy_url = variable.is_none().then_some(value);
            let named = variable.map_or(entry.to_owned(), |name| format!("`{name}`"));
            let error = of_server(proxy_url, &server, &environment).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("{named}, the proxy of the API server: it names a proxy {fault}; write `http://host:port`")
            );
        }
        let plain = "http://k8s.example.com".parse().unwrap();
        for name in ["HTTP_PROXY", "http_proxy"] {
            let environment = Environment::of_variables([(name, "http://proxy:abc")]);
            let error = of_server(None, &plain, &environment).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{name}`, the proxy of the API server: it names")), "{error}");
        }
        let error = checked("socks4://user:hunter2@proxy", "`X`").unwrap_err().to_string();
        assert_eq!(error, "`X`, the proxy of the API server: it is neither an http, an https nor a socks5 proxy");
    }
}
