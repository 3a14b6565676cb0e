//! Which proxy leads to the API server, by the conventions of Go programs, kubectl among them. Pure.

use std::net::IpAddr;

use crate::environment::Environment;

/// The proxy for a server, from the environment: `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme, unless
/// `NO_PROXY` names the host. The machine itself is never behind a proxy.
pub(crate) fn from_environment(scheme: &str, host: &str, port: u16, environment: &Environment) -> Option<String> {
    let either = |upper: &str, lower: &str| environment.variable(upper).or_else(|| environment.variable(lower));
    let proxy = match scheme {
        "https" => either("HTTPS_PROXY", "https_proxy"),
        _ => either("HTTP_PROXY", "http_proxy"),
    }?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_lowercase();
    let address = host.parse::<IpAddr>().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return None;
    }
    let exceptions = either("NO_PROXY", "no_proxy").unwrap_or_default();
    if exceptions.split(',').map(str::trim).any(|exception| excepts(exception, &host, address, port)) {
        return None;
    }
    // Without a scheme it is an http proxy.
    Some(if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") })
}

/// Whether one entry of `NO_PROXY` is about the host: `*`, an address, a CIDR block, a domain (with its
/// subdomains) or `.domain` (subdomains alone), each optionally with a port.
fn excepts(exception: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    let exception = exception.to_lowercase();
    if exception.is_empty() {
        return false;
    }
    if exception == "*" {
        return true;
    }
    if let (Some((network, bits)), Some(address)) = (exception.split_once('/'), address) {
        return matches!((network.parse(), bits.parse()), (Ok(network), Ok(bits)) if contains(network, bits, address));
    }
    let (name, only_port) = match exception.rsplit_once(':') {
        Some((name, digits)) if !name.contains(':') || name.ends_with(']') => match digits.parse::<u16>() {
            Ok(digits) => (name, Some(digits)),
            Err(_) => (exception.as_str(), None),
        },
        _ => (exception.as_str(), None),
    };
    if only_port.is_some_and(|only| only != port) {
        return false;
    }
    let name = name.trim_start_matches('[').trim_end_matches(']').trim_start_matches('*');
    if let Ok(excepted) = name.parse::<IpAddr>() {
        return address == Some(excepted);
    }
    match name.strip_prefix('.') {
        Some(_) => host.ends_with(name),
        None => host == name || host.strip_suffix(name).is_some_and(|front| front.ends_with('.')),
    }
}

fn contains(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let same = |one: u128, other: u128, width: u32| {
        bits <= width && (bits == 0 || (one >> (width - bits)) == (other >> (width - bits)))
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            same(u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => same(network.to_bits(), address.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(host: &str, exceptions: &str) -> Option<String> {
        let environment = Environment::of_variables([("https_proxy", "proxy:3128"), ("NO_PROXY", exceptions)]);
        from_environment("https", host, 443, &environment)
    }

    #[test]
    fn exceptions_are_names_addresses_and_blocks() {
        for (host, exceptions, proxied) in [
            ("k8s.example.com", "", true),
            ("k8s.example.com", "example.com", false),
            ("k8s.example.com", ".example.com", false),
            ("example.com", ".example.com", true),
            ("k8s.example.com", "other.com, *.example.com", false),
            ("notexample.com", "example.com", true),
            ("k8s.example.com", "example.com:6443", true),
            ("k8s.example.com", "example.com:443", false),
            ("10.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3", "10.2.0.0/16", true),
            ("10.1.2.3", "10.1.2.3", false),
            ("[fd00::1]", "fd00::/8", false),
            ("k8s.example.com", "*", false),
            ("localhost", "", false),
            ("127.0.0.1", "", false),
        ] {
            assert_eq!(proxy(host, exceptions).is_some(), proxied, "{host} {exceptions}");
        }
        assert_eq!(proxy("a.b", "").as_deref(), Some("http://proxy:3128"));
        let environment = Environment::of_variables([("HTTPS_PROXY", "http://p")]);
        assert_eq!(from_environment("http", "a.b", 80, &environment), None);
    }
}
