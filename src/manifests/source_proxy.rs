//! The Secret that tells source-controller which proxy leads to the repository. It is never committed.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::source_secret::SecretContent;
use crate::domain::config::{HostPort, Secret};

const ADDRESS: &str = "address";
const USERNAME: &str = "username";
const PASSWORD: &str = "password";

/// The keys that are this program's.
pub(crate) const OWNED_KEYS: [&str; 3] = [ADDRESS, USERNAME, PASSWORD];

/// The schemes that source-controller takes (`ProxyURLFromSecret` of fluxcd/pkg/runtime), and the longest address.
const SCHEMES: [&str; 3] = ["http", "https", "socks5"];
const LONGEST: usize = 2048;

/// A proxy, and who signs in there.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SourceProxy {
    /// Scheme, host and port, without user and password.
    address: String,
    username: Option<Secret<String>>,
    password: Option<Secret<String>>,
}

/// Why a text names no proxy; it repeats nothing of it, since it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProxyTextError {
    /// No address at all.
    #[error("it is empty")]
    Empty,
    /// No scheme, or one that source-controller does not know.
    #[error("its first line does not begin with `http://`, `https://` or `socks5://`")]
    Scheme,
    /// `socks5h://`, as curl spells it.
    #[error("source-controller knows `socks5://` alone, not `socks5h://`")]
    Socks5h,
    /// Nothing where a host belongs, or text after the address.
    #[error("its first line is no address of the form `http://user:password@host:port`")]
    Address,
    /// Too long for source-controller.
    #[error("its first line is longer than {LONGEST} characters")]
    TooLong,
    /// Other lines than the first.
    #[error("it holds more than one line")]
    Lines,
}

impl SourceProxy {
    /// Reads an address with an optional user and password, percent-encoded as in every URL.
    ///
    /// # Errors
    /// [`ProxyTextError`]; what was read is not part of it.
    pub(crate) fn parse(text: &str) -> Result<Self, ProxyTextError> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err(ProxyTextError::Empty);
        }
        if text.contains(['\n', '\r']) {
            return Err(ProxyTextError::Lines);
        }
        if text.len() > LONGEST {
            return Err(ProxyTextError::TooLong);
        }
        let (scheme, rest) = text.split_once("://").ok_or(ProxyTextError::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "socks5h" => return Err(ProxyTextError::Socks5h),
            known if SCHEMES.contains(&known) => {}
            _ => return Err(ProxyTextError::Scheme),
        }
        let (user_info, host) = match rest.trim_end_matches('/').rsplit_once('@') {
            Some((user_info, host)) => (Some(user_info), host),
            None => (None, rest.trim_end_matches('/')),
        };
        let host: HostPort = host.parse().map_err(|_| ProxyTextError::Address)?;
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8().map_err(|_| ProxyTextError::Address)?;
            Ok(Secret::from(text.as_ref()))
        };
        let (username, password) = match user_info.map(|pair| pair.split_once(':').unwrap_or((pair, ""))) {
            Some(("", _)) => return Err(ProxyTextError::Address),
            Some((user, "")) => (Some(decoded(user)?), None),
            Some((user, password)) => (Some(decoded(user)?), Some(decoded(password)?)),
            None => (None, None),
        };
        Ok(Self { address: format!("{scheme}://{host}"), username, password })
    }

    /// Whether SSH goes through it: only SOCKS proxies carry that.
    pub(crate) fn takes_ssh(&self) -> bool {
        self.address.starts_with("socks5://")
    }

    /// The Secret's content.
    pub(crate) fn content(&self) -> SecretContent {
        let bytes = |text: &str| Secret::new(text.as_bytes().to_vec());
        let login = [(USERNAME, &self.username), (PASSWORD, &self.password)];
        let login =
            login.into_iter().filter_map(|(key, value)| Some((key.to_owned(), bytes(value.as_ref()?.expose()))));
        login.chain([(ADDRESS.to_owned(), bytes(&self.address))]).collect()
    }
}

impl fmt::Debug for SourceProxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SourceProxy({})", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match SourceProxy::parse(text) {
            Err(error) => error.to_string(),
            Ok(proxy) => {
                let content = proxy.content();
                let pair = |(key, value): (&String, &Secret<Vec<u8>>)| {
                    format!("{key}={}", String::from_utf8(value.expose().clone()).unwrap())
                };
                content.iter().map(pair).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn an_address_is_read_with_and_without_a_login() {
        for (text, expected) in [
            ("http://proxy:3128\n", "address=http://proxy:3128"),
            ("HTTPS://proxy.example.com/", "address=https://proxy.example.com"),
            ("socks5://me@[::1]:1080", "address=socks5://[::1]:1080 username=me"),
            ("http://us%40er:p%3Aw%40rd@proxy:80", "address=http://proxy:80 password=p:w@rd username=us@er"),
            ("http://a:b@c@proxy:80", "address=http://proxy:80 password=b@c username=a"),
            ("", "it is empty"),
            ("proxy:3128", "its first line does not begin with `http://`, `https://` or `socks5://`"),
            ("socks5h://proxy", "source-controller knows `socks5://` alone, not `socks5h://`"),
            ("http://proxy:abc", "its first line is no address of the form `http://user:password@host:port`"),
            ("http://user:hidden@", "its first line is no address of the form `http://user:password@host:port`"),
            ("http://proxy:80/path", "its first line is no address of the form `http://user:password@host:port`"),
            ("http://a\nhttp://b", "it holds more than one line"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
        assert!(
            SourceProxy::parse("socks5://p").unwrap().takes_ssh()
                && !SourceProxy::parse("http://p").unwrap().takes_ssh()
        );
        assert!(!format!("{:?}", SourceProxy::parse("http://u:hidden@p").unwrap()).contains("hidden"));
    }
}
