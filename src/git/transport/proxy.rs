//! Which proxy leads to a host, from the environment's variables.

use std::net::IpAddr;

use crate::config::Secret;
use crate::git::auth::Proxies;
use crate::git::url::{GitUrl, Scheme, split_port};

impl Proxies {
    /// The proxy for a repository, unless `NO_PROXY` exempts its host.
    pub(crate) fn for_url(&self, url: &GitUrl) -> Option<&Secret<String>> {
        let chosen = match url.scheme {
            Scheme::Https => self.https.as_ref(),
            Scheme::Http => self.http.as_ref(),
            Scheme::Ssh => return None,
        };
        let exempt = self.except.as_deref().is_some_and(|list| exempts(list, &url.host, url.port_or_default()));
        chosen.or(self.all.as_ref()).filter(|_| !exempt)
    }
}

/// Whether a `NO_PROXY` list names the host: `*`, a domain (with all below it, with or without a leading dot or
/// `*.`), an address, a network as `10.0.0.0/8`, each with an optional port.
fn exempts(list: &str, host: &str, port: u16) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    let address: Option<IpAddr> = host.parse().ok();
    list.split([',', ' ']).map(str::trim).filter(|rule| !rule.is_empty()).any(|rule| {
        if rule == "*" {
            return true;
        }
        if let (Some(address), Some((network, bits))) = (address, rule.split_once('/')) {
            return in_network(address, network, bits);
        }
        let (rule, only) = match rule.parse::<IpAddr>() {
            Ok(_) => (rule, None),
            Err(_) => split_port(rule).unwrap_or((rule, None)),
        };
        if only.is_some_and(|only| only != port) {
            return false;
        }
        let rule = rule.trim_matches(['[', ']']);
        if let Some(address) = address {
            return rule.parse() == Ok(address);
        }
        let domain = rule.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.').to_lowercase();
        !domain.is_empty() && host.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn in_network(address: IpAddr, network: &str, bits: &str) -> bool {
    let Ok(bits) = bits.parse::<u32>() else { return false };
    let (address, network, width) = match (address, network.parse()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) => {
            (u128::from(u32::from(address)), u128::from(u32::from(network)), 32)
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) => (u128::from(address), u128::from(network), 128),
        _ => return false,
    };
    bits <= width && (bits == 0 || (address ^ network) >> (width - bits) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    #[test]
    fn no_proxy_names_hosts_as_other_programs_read_it() {
        for (list, host, exempt) in [
            ("*", "dev.azure.com", true),
            ("azure.com", "dev.azure.com", true),
            (".azure.com", "dev.azure.com", true),
            ("*.azure.com", "dev.azure.com", true),
            ("Dev.Azure.com", "dev.azure.com", true),
            ("zure.com", "dev.azure.com", false),
            ("other, dev.azure.com:443", "dev.azure.com", true),
            ("dev.azure.com:8443", "dev.azure.com", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("0.0.0.0/0", "[::1]", false),
            ("::1", "[::1]", true),
            ("fd00::/8", "[fd12::1]", true),
            (",", "dev.azure.com", false),
        ] {
            assert_eq!(exempts(list, host, 443), exempt, "{list} {host}");
        }
    }

    #[test]
    fn each_scheme_has_its_variable() {
        let proxies = Proxies::of(&Environment::of_variables([
            ("HTTPS_PROXY", "http://upper"),
            ("https_proxy", "http://lower"),
            ("ALL_PROXY", "http://all"),
        ]));
        let proxy = |url: &str| proxies.for_url(&url.parse().unwrap()).map(|proxy| proxy.expose().clone());
        assert_eq!(proxy("https://a/b").as_deref(), Some("http://lower"));
        assert_eq!(proxy("http://a/b").as_deref(), Some("http://all"));
        assert_eq!(proxy("ssh://a/b"), None);
        assert!(!format!("{proxies:?}").contains("lower"));
    }
}
