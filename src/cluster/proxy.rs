//! Which proxy leads to the API server, by the conventions of kubectl. Pure.

use crate::environment::Environment;
use crate::http::is_direct;

/// The proxy for a server, from the environment: `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme, unless
/// `NO_PROXY` names the host. kubectl knows no `ALL_PROXY`.
pub(crate) fn from_environment(scheme: &str, host: &str, port: u16, environment: &Environment) -> Option<String> {
    let either = |upper: &str, lower: &str| environment.variable(upper).or_else(|| environment.variable(lower));
    let proxy = match scheme {
        "https" => either("HTTPS_PROXY", "https_proxy"),
        _ => either("HTTP_PROXY", "http_proxy"),
    }?;
    if is_direct(host, port, either("NO_PROXY", "no_proxy").unwrap_or_default()) {
        return None;
    }
    // Without a scheme it is an http proxy.
    Some(if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_follows_scheme_and_exceptions() {
        let environment = Environment::of_variables([("https_proxy", "proxy:3128"), ("NO_PROXY", "10.0.0.0/8, .corp")]);
        let proxy = |scheme: &str, host: &str| from_environment(scheme, host, 443, &environment);
        assert_eq!(proxy("https", "k8s.example.com").as_deref(), Some("http://proxy:3128"));
        for host in ["10.1.2.3", "k8s.corp", "localhost", "127.0.0.1", "[::1]"] {
            assert_eq!(proxy("https", host), None, "{host}");
        }
        assert_eq!(proxy("http", "k8s.example.com"), None);
    }
}
