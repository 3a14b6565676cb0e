//! How HTTP servers are reached: trusted roots, proxies, deadlines. One construction for all who speak HTTP.

use std::net::IpAddr;
use std::str::FromStr as _;
use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use crate::environment::Environment;

/// How long the parts of an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name resolution, and separately the connection with its TLS handshake.
    pub connect: Duration,
    /// From the request's end to the response's headers.
    pub response: Duration,
    /// Silence within a body, either way.
    pub idle: Duration,
    /// The whole exchange.
    pub overall: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            response: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            overall: None,
        }
    }
}

/// A client for one address: it trusts the system's roots and those in `ca` (PEM), goes through the proxy that the
/// environment names for the address, follows no redirect, and returns every status as a response.
///
/// # Errors
/// A URL, proxy or CA that cannot be used.
pub fn agent(environment: &Environment, url: &str, ca: Option<&[u8]>, timeouts: Timeouts) -> Result<Agent, HttpError> {
    let tls = TlsConfig::builder().root_certs(root_certificates(ca)?).build();
    Ok(Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy_for(environment, url)?)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_resolve(Some(timeouts.connect))
        .timeout_connect(Some(timeouts.connect))
        .timeout_recv_response(Some(timeouts.response))
        .timeout_per_read(Some(timeouts.idle))
        .timeout_per_write(Some(timeouts.idle))
        .timeout_global(timeouts.overall)
        .user_agent(concat!("flux-bootstrap/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent())
}

/// The proxy for an address, by `HTTPS_PROXY` or `HTTP_PROXY`, `ALL_PROXY`, and `NO_PROXY`, upper-case names first.
///
/// As in Go's tools, this machine itself is never reached through a proxy.
///
/// # Errors
/// A URL without host, or a proxy that is not the URL of an HTTP proxy.
pub fn proxy_for(environment: &Environment, url: &str) -> Result<Option<Proxy>, HttpError> {
    let uri = Uri::from_str(url).ok().filter(|uri| uri.host().is_some()).ok_or(HttpError::Url)?;
    let https = uri.scheme_str() == Some("https");
    let names: [&'static str; 4] = match https {
        true => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        false => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let Some((variable, value)) = names.into_iter().find_map(|name| Some((name, environment.variable(name)?))) else {
        return Ok(None);
    };
    let exceptions = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| environment.variable(name));
    let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
    if is_direct(uri.host().unwrap_or_default(), port, exceptions.unwrap_or_default()) {
        return Ok(None);
    }
    let proxy = Proxy::new(value).map_err(|_| HttpError::Proxy { variable })?;
    match proxy.protocol() {
        ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https => Ok(Some(proxy)),
        _ => Err(HttpError::ProxyScheme { variable }),
    }
}

/// Whether an address is reached without a proxy. `exceptions` holds host names (their sub-domains included, with a
/// leading `.` or `*.` these alone), addresses, networks as `10.0.0.0/8`, each with an optional port, or `*`.
pub(crate) fn is_direct(host: &str, port: u16, exceptions: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    exceptions.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let (Some((network, bits)), Some(address)) = (entry.split_once('/'), address) {
            return in_network(address, network, bits);
        }
        let entry = entry.to_ascii_lowercase();
        let (name, wanted_port) = match entry.rsplit_once(':') {
            Some((name, digits)) if !name.contains(':') || name.ends_with(']') => (name, digits.parse::<u16>().ok()),
            _ => (entry.as_str(), None),
        };
        if wanted_port.is_some_and(|wanted| wanted != port) {
            return false;
        }
        let name = name.trim_matches(['[', ']']);
        match (address, name.strip_prefix("*.").or_else(|| name.strip_prefix('.'))) {
            (Some(address), _) => name.parse() == Ok(address),
            (None, Some(domain)) => is_below(&host, domain),
            (None, None) => host == name || is_below(&host, name),
        }
    })
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn in_network(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    let (one, other, width) = match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (u128::from(one.to_bits()), u128::from(other.to_bits()), 32),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits(), other.to_bits(), 128),
        _ => return false,
    };
    bits == 0 || (bits <= width && one >> (width - bits) == other >> (width - bits))
}

fn root_certificates(ca: Option<&[u8]>) -> Result<RootCerts, HttpError> {
    let Some(ca) = ca else { return Ok(RootCerts::PlatformVerifier) };
    let mut own = Vec::new();
    for item in ureq::tls::parse_pem(ca) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| HttpError::Ca)? {
            own.push(certificate);
        }
    }
    if own.is_empty() {
        return Err(HttpError::Ca);
    }
    // A system without readable roots still reaches what the given CA signed.
    let system = rustls_native_certs::load_native_certs().certs;
    own.extend(system.iter().map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned()));
    Ok(RootCerts::new_with_certs(&own))
}

/// Why no client can be made. Never holds a proxy's address, which may carry a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Not an address with a host.
    #[error("not a URL with a host")]
    Url,
    /// The proxy's address cannot be parsed.
    #[error("`{variable}` is not the URL of a proxy")]
    Proxy {
        /// The environment variable.
        variable: &'static str,
    },
    /// A kind of proxy that is not spoken.
    #[error("`{variable}` names a SOCKS proxy: only `http://` and `https://` proxies are supported")]
    ProxyScheme {
        /// The environment variable.
        variable: &'static str,
    },
    /// The CA is not a list of certificates.
    #[error("no certificate in PEM form")]
    Ca,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_read_as_go_reads_them() {
        for (host, port, exceptions, direct) in [
            ("localhost", 80, "", true),
            ("[::1]", 80, "", true),
            ("127.0.0.9", 80, "", true),
            ("a.corp", 443, "*", true),
            ("a.corp", 443, "b.corp, corp", true),
            ("a.corp", 443, ".CORP", true),
            ("corp", 443, ".corp", false),
            ("corp", 443, "*.corp", false),
            ("acorp", 443, "corp", false),
            ("a.corp", 8443, "a.corp:443", false),
            ("a.corp", 443, "a.corp:443", true),
            ("10.1.2.3", 443, "10.0.0.0/8", true),
            ("11.1.2.3", 443, "10.0.0.0/8", false),
            ("11.1.2.3", 443, "11.1.2.3", true),
            ("[fd00::5]", 443, "fd00::/8", true),
            ("[fd00::5]", 443, "fd00::5", true),
            ("[fd00::5]", 443, "[fd00::5]:443", true),
            ("a.corp", 443, "10.0.0.0/8,", false),
        ] {
            assert_eq!(is_direct(host, port, exceptions), direct, "{host}:{port} {exceptions}");
        }
    }

    #[test]
    fn the_scheme_chooses_the_proxy() {
        let environment = Environment::of_variables([
            ("https_proxy", "http://user:pw@secure:3128"),
            ("HTTP_PROXY", "plain:3128"),
            ("NO_PROXY", "inner.corp"),
        ]);
        let host = |url: &str| proxy_for(&environment, url).unwrap().map(|proxy| proxy.host().to_owned());
        assert_eq!(host("https://example.com/a").as_deref(), Some("secure"));
        assert_eq!(host("http://example.com/a").as_deref(), Some("plain"));
        assert_eq!(host("https://git.inner.corp/a"), None);
        assert_eq!(proxy_for(&Environment::default(), "https://example.com").unwrap(), None);
    }

    #[test]
    fn unusable_proxies_and_cas_are_named_without_their_content() {
        for (value, error) in [
            ("http://user:secret@", HttpError::Proxy { variable: "ALL_PROXY" }),
            ("socks5://host:1080", HttpError::ProxyScheme { variable: "ALL_PROXY" }),
        ] {
            let environment = Environment::of_variables([("ALL_PROXY", value)]);
            assert_eq!(proxy_for(&environment, "https://example.com"), Err(error));
        }
        let environment = Environment::default();
        let made = agent(&environment, "https://example.com", Some(b"no pem"), Timeouts::default());
        assert_eq!(made.err(), Some(HttpError::Ca));
    }
}
