//! Which proxy leads to a host, by the environment's variables as Go's programs read them.

use std::net::IpAddr;

use ureq::{Proxy, ProxyProtocol};

use super::error::{HttpError, ProxyFault};
use crate::domain::config::Secret;
use crate::domain::environment::Environment;

/// The proxy variables of the environment.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    https: Option<ProxyVariable>,
    http: Option<ProxyVariable>,
    all: Option<ProxyVariable>,
    except: Option<String>,
}

/// A variable that names a proxy. The value may hold a password.
#[derive(Clone, Debug)]
pub(crate) struct ProxyVariable {
    pub(crate) name: &'static str,
    pub(crate) value: Secret<String>,
}

impl Proxies {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, or else their lower-case spellings.
    pub fn of(environment: &Environment) -> Self {
        let read = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| Some((name, environment.variable(name)?.to_owned())))
        };
        let proxy = |names| read(names).map(|(name, value)| ProxyVariable { name, value: Secret::new(value) });
        Self {
            https: proxy(["HTTPS_PROXY", "https_proxy"]),
            http: proxy(["HTTP_PROXY", "http_proxy"]),
            all: proxy(["ALL_PROXY", "all_proxy"]),
            except: read(["NO_PROXY", "no_proxy"]).map(|(_, list)| list),
        }
    }

    /// The same without `ALL_PROXY`, which kubectl does not know, unless it names a SOCKS proxy: that is meant for
    /// everything that leaves this machine.
    #[must_use]
    pub(crate) fn with_all_for_socks_alone(self) -> Self {
        let all = self.all.filter(|all| all.value.expose().starts_with("socks"));
        Self { all, ..self }
    }

    /// The proxy for a host; this machine itself is never reached through one.
    pub(crate) fn for_host(&self, scheme: &str, host: &str, port: u16) -> Option<&ProxyVariable> {
        let chosen = if scheme == "https" { &self.https } else { &self.http };
        let chosen = chosen.as_ref().or(self.all.as_ref());
        chosen.filter(|_| !is_direct(host, port, self.except.as_deref().unwrap_or_default()))
    }
}

impl ProxyVariable {
    /// The proxy that the variable names.
    ///
    /// # Errors
    /// It is not the URL of a proxy, or of one that is not spoken to.
    pub(crate) fn proxy(&self) -> Result<Proxy, HttpError> {
        let address = |problem| HttpError::ProxyAddress { variable: self.name, problem };
        check_address(self.value.expose()).map_err(address)?;
        let proxy = Proxy::new(self.value.expose()).map_err(|_| HttpError::Proxy { variable: self.name })?;
        match proxy.protocol() {
            ProxyProtocol::Http | ProxyProtocol::Https | ProxyProtocol::Socks5 | ProxyProtocol::Socks5h => Ok(proxy),
            _ => Err(HttpError::ProxyScheme { variable: self.name }),
        }
    }
}

/// A proxy's address without its userinfo.
pub(crate) fn proxy_address(proxy: &Proxy) -> String {
    let scheme = match proxy.protocol() {
        ProxyProtocol::Https => "https",
        ProxyProtocol::Socks5 => "socks5",
        ProxyProtocol::Socks5h => "socks5h",
        _ => "http",
    };
    format!("{scheme}://{}:{}", proxy.host(), proxy.port())
}

/// Looks at host and port of a proxy's address, which URL parsers let pass: `http://proxy:abc` is port 80 to some.
pub(crate) fn check_address(address: &str) -> Result<(), ProxyFault> {
    let rest = address.trim().split_once("://").map_or(address.trim(), |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host_port.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host_port, None),
    };
    if matches!(host, "" | "[]") {
        return Err(ProxyFault::NoHost);
    }
    let is_number =
        |port: &str| port.bytes().all(|digit| digit.is_ascii_digit()) && port.parse().is_ok_and(|port: u16| port != 0);
    if port.is_none_or(is_number) { Ok(()) } else { Err(ProxyFault::Port) }
}

/// Whether an address is reached without a proxy. `exceptions` holds host names (their sub-domains included, with a
/// leading `.` or `*.` these alone), addresses, networks as `10.0.0.0/8`, each with an optional port, or `*`.
fn is_direct(host: &str, port: u16, exceptions: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    exceptions.split([',', ' ']).filter(|entry| !entry.is_empty()).any(|entry| {
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
        let name = name.trim_matches(['[', ']']).trim_end_matches('.');
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_read_as_other_programs_read_them() {
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
            ("a.corp", 443, "b.corp a.corp.", true),
            ("A.corp.", 443, "a.CORP", true),
            ("a.corp", 443, "0.0.0.0/0", false),
        ] {
            assert_eq!(is_direct(host, port, exceptions), direct, "{host}:{port} {exceptions}");
        }
    }

    #[test]
    fn the_scheme_chooses_the_proxy() {
        let proxies = Proxies::of(&Environment::of_variables([
            ("HTTPS_PROXY", "http://user:pw@secure:3128"),
            ("https_proxy", "other:3128"),
            ("ALL_PROXY", "all:3128"),
            ("NO_PROXY", "inner.corp"),
        ]));
        let host = |proxies: &Proxies, scheme: &str, host: &str| {
            proxies.for_host(scheme, host, 443).map(|variable| variable.proxy().unwrap().host().to_owned())
        };
        assert_eq!(host(&proxies, "https", "example.com").as_deref(), Some("secure"));
        assert_eq!(host(&proxies, "http", "example.com").as_deref(), Some("all"));
        assert_eq!(host(&proxies, "https", "git.inner.corp"), None);
        assert_eq!(host(&Proxies::default(), "https", "example.com"), None);
        assert!(!format!("{proxies:?}").contains("pw"), "{proxies:?}");
        assert_eq!(host(&proxies.with_all_for_socks_alone(), "http", "example.com"), None);
    }

    #[test]
    fn hosts_and_ports_of_proxies_are_looked_at() {
        for (address, fault) in [
            ("http://proxy:3128", None),
            ("proxy", None),
            ("user:pw@proxy:3128/", None),
            ("https://[fd00::1]", None),
            ("http://[fd00::1]:3128", None),
            ("http://proxy.example.com:abc", Some(ProxyFault::Port)),
            ("proxy:", Some(ProxyFault::Port)),
            ("http://proxy:0", Some(ProxyFault::Port)),
            ("http://proxy:65536", Some(ProxyFault::Port)),
            ("http://proxy:+80", Some(ProxyFault::Port)),
            ("http://[fd00::1]:x", Some(ProxyFault::Port)),
            ("http://:3128", Some(ProxyFault::NoHost)),
            ("http://", Some(ProxyFault::NoHost)),
            ("https://user:pw@:8080", Some(ProxyFault::NoHost)),
        ] {
            assert_eq!(check_address(address).err(), fault, "{address}");
        }
    }

    #[test]
    fn unusable_proxies_are_named_without_their_content() {
        for (value, error) in [
            ("http://user:secret@", HttpError::ProxyAddress { variable: "all_proxy", problem: ProxyFault::NoHost }),
            (
                "http://proxy.example.com:secret",
                HttpError::ProxyAddress { variable: "all_proxy", problem: ProxyFault::Port },
            ),
            ("http://ho st:1", HttpError::Proxy { variable: "all_proxy" }),
            ("socks4://host:1080", HttpError::ProxyScheme { variable: "all_proxy" }),
        ] {
            let proxies = Proxies::of(&Environment::of_variables([("all_proxy", value)]));
            assert_eq!(proxies.for_host("https", "example.com", 443).unwrap().proxy(), Err(error));
        }
    }
}
