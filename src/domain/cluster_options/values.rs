//! Sizes, amounts and addresses.

use std::fmt;
use std::str::FromStr;

use crate::domain::git_url::{checked_host, split_port};

/// How large a cluster is, for the controllers' scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClusterSize {
    /// 5 workers, 512Mi.
    Small,
    /// 10 workers, 1Gi.
    Medium,
    /// 20 workers, 3Gi.
    Large,
}

impl ClusterSize {
    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

impl FromStr for ClusterSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Small, Self::Medium, Self::Large];
        all.into_iter().find(|size| size.as_str() == text).ok_or_else(|| format!("`{text}` is not a size of clusters"))
    }
}

/// An amount in Kubernetes' notation: a positive number and perhaps a unit, such as `500m` or `1.5Gi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quantity(String);

impl Quantity {
    const UNITS: [&str; 14] = ["", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    /// As Kubernetes reads it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as it is written.
    pub(crate) fn digits(&self) -> &str {
        self.0.trim_end_matches(|c: char| c.is_ascii_alphabetic())
    }

    /// The number, and its unit.
    pub(crate) fn parts(&self) -> (f64, &str) {
        let digits = self.digits();
        (digits.parse().unwrap_or_default(), &self.0[digits.len()..])
    }
}

impl FromStr for Quantity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = number.split_once('.').map_or_else(|| digits(number), |(a, b)| digits(a) && digits(b));
        let is_positive = number.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
        if is_number && is_positive && number.len() <= 18 && Self::UNITS.contains(&unit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` is not an amount such as `500m`, `2` or `1.5Gi`"))
        }
    }
}

/// The address of a proxy, without user and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProxyUrl {
    text: String,
    is_socks: bool,
}

impl ProxyUrl {
    /// As environment variables hold it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// A SOCKS proxy, which takes SSH too.
    pub(crate) const fn is_socks(&self) -> bool {
        self.is_socks
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for ProxyUrl {
    type Err = String;

    /// The text is not repeated where it may hold a password.
    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("the address has no scheme")?;
        if !matches!(scheme, "http" | "https" | "socks5") {
            return Err("the address is none of `http://`, `https://` and `socks5://`".to_owned());
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err("the address holds a user or password, which would be committed".to_owned());
        }
        if rest.contains(|c: char| "/?#".contains(c) || c.is_whitespace() || c.is_control()) {
            return Err("the address holds more than a host and a port".to_owned());
        }
        let (host, port) = split_port(rest).map_err(|error| error.to_string())?;
        let host = checked_host(host).map_err(|error| error.to_string())?;
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { text: format!("{scheme}://{host}{port}"), is_socks: scheme == "socks5" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_those_of_kubernetes() {
        for right in ["1", "500m", "1.5Gi", "512Mi", "10G", "0.5"] {
            assert_eq!(right.parse::<Quantity>().unwrap().as_str(), right);
        }
        for wrong in ["", "0", "0.0Gi", "1.Gi", ".5", "1GB", "-1", "1 Gi", "one", "1.2.3"] {
            assert!(wrong.parse::<Quantity>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn proxies_have_no_password_and_no_path() {
        for (given, kept) in [
            ("http://proxy:3128", "http://proxy:3128"),
            ("https://Proxy.example.com/", "https://proxy.example.com"),
            ("socks5://10.0.0.1:1080", "socks5://10.0.0.1:1080"),
        ] {
            let url: ProxyUrl = given.parse().unwrap();
            assert_eq!((url.as_str(), url.is_socks()), (kept, given.starts_with("socks5")));
        }
        for wrong in ["proxy:3128", "ftp://a", "http://", "http://u:secret@a", "http://a/b", "http://a b", "http://a:x"]
        {
            let error = wrong.parse::<ProxyUrl>().unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
