//! Which proxy leads to the API server: by the conventions of kubectl, and by `ALL_PROXY` where it names a SOCKS proxy. Pure.

use http::Uri;

use super::ClusterError;
use crate::domain::environment::Environment;
use crate::http::{Proxies, check_address};

/// The proxy for a server: the one of its cluster's entry, else the environment's.
pub(super) fn of_server(
    proxy_url: Option<&str>,
    server: &Uri,
    environment: &Environment,
) -> Result<Option<Uri>, ClusterError> {
    let scheme = server.scheme_str().unwrap_or("https");
    let port = server.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let proxies = Proxies::of(environment).with_all_for_socks_alone();
    match (proxy_url, proxies.for_host(scheme, server.host().unwrap_or_default(), port)) {
        (Some(url), _) => checked(url, "`proxy-url` of the kubeconfig's cluster").map(Some),
        (None, Some(variable)) => {
            let value = variable.value.expose();
            // Without a scheme it is an http proxy.
            let url = if value.contains("://") { value.clone() } else { format!("http://{value}") };
            checked(&url, &format!("`{}`, the API server's proxy", variable.name)).map(Some)
        }
        (None, None) => Ok(None),
    }
}

/// Checks a proxy URL; never repeats it, since it may hold a password.
fn checked(text: &str, setting: &str) -> Result<Uri, ClusterError> {
    let bad = |problem: &str| ClusterError::BadSetting { setting: setting.to_owned(), problem: problem.to_owned() };
    check_address(text).map_err(|fault| bad(&format!("it names a proxy {fault}")))?;
    let uri: Uri = text.parse().map_err(|_| bad("it is not a URL"))?;
    match uri.scheme_str() {
        Some("http" | "https") => Ok(uri),
        Some("socks5" | "socks5h") if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) => {
            Err(bad("a SOCKS proxy with a user name is not supported here"))
        }
        // The proxy resolves names with either, as with kubectl.
        Some("socks5" | "socks5h") => {
            let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
            let port = if uri.port().is_some() { "" } else { ":1080" };
            format!("socks5://{authority}{port}").parse().map_err(|_| bad("it is not a URL"))
        }
        _ => Err(bad("it is neither an http, an https nor a socks5 proxy")),
    }
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
            of_server(entry, &server.parse().unwrap(), &environment).unwrap().map(|uri| uri.to_string())
        };
        assert_eq!(proxy(None, "https://k8s.example.com").as_deref(), Some("http://proxy:3128/"));
        assert_eq!(proxy(Some("https://own:1"), "https://k8s.corp").as_deref(), Some("https://own:1/"));
        for host in ["10.1.2.3", "k8s.corp", "localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(proxy(None, &format!("https://{host}:6443")), None, "{host}");
        }
        assert_eq!(proxy(None, "http://k8s.example.com"), None);
        let environment = Environment::of_variables([("ALL_PROXY", "socks5h://proxy"), ("NO_PROXY", "k8s.corp")]);
        let proxy =
            |server: &str| of_server(None, &server.parse().unwrap(), &environment).unwrap().map(|uri| uri.to_string());
        assert_eq!(proxy("https://k8s.example.com").as_deref(), Some("socks5://proxy:1080/"));
        assert_eq!(proxy("https://k8s.corp"), None);
    }

    #[test]
    fn an_unusable_proxy_is_refused_without_its_password() {
        let error = checked("socks5://user:hunter2@proxy", "the API server's proxy").unwrap_err().to_string();
        assert_eq!(error, "the API server's proxy: a SOCKS proxy with a user name is not supported here");
        let error = checked("http://proxy:hunter2", "`proxy-url`").unwrap_err().to_string();
        assert_eq!(error, "`proxy-url`: it names a proxy whose port is not a number from 1 to 65535");
        assert!(!checked("user:hunter2@proxy", "x").unwrap_err().to_string().contains("hunter2"));
    }
}
