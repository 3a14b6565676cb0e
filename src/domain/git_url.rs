//! The address of a Git repository, in the spellings that git accepts for http, https and ssh.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS};

/// What a path cannot hold as it is (RFC 3986, `pchar`); `%` stays, since paths are given encoded.
pub(crate) const NOT_IN_A_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\')
    .add(b'^')
    .add(b'|');

/// How a repository is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Git's smart HTTP over TLS.
    Https,
    /// The same without TLS; only with `--allow-insecure-http`.
    Http,
    /// Git over SSH.
    Ssh,
}

impl Scheme {
    /// The scheme as written in a URL, without `://`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Ssh => "ssh",
        }
    }

    /// The port used when the URL names none.
    const fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
            Self::Ssh => 22,
        }
    }
}

/// A repository's address. It never holds a password: [`FromStr`] refuses one.
///
/// Prints as a URL; the scp form `git@host:path` prints as `ssh://git@host/path`, which is what Flux needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GitUrl {
    /// How to connect.
    pub scheme: Scheme,
    /// The user part, as written.
    pub user: Option<String>,
    /// Host name or address, lower-case; IPv6 addresses keep their brackets.
    pub host: String,
    /// The port, where the URL names one.
    pub port: Option<u16>,
    /// The path as written, percent-encoding kept, with its leading `/` and without one at its end.
    pub path: String,
    /// What follows `?`, as browsers show it for Azure DevOps, or `#` with it; git servers ignore it.
    pub query: Option<String>,
}

impl GitUrl {
    /// The port to connect to.
    pub fn port_or_default(&self) -> u16 {
        self.port.unwrap_or_else(|| self.scheme.default_port())
    }

    /// `host`, or `host:port` where the URL names a port.
    pub fn authority(&self) -> String {
        self.port.map_or_else(|| self.host.clone(), |port| format!("{}:{port}", self.host))
    }

    /// The path with percent-encoding resolved, for display and for SSH commands; invalid UTF-8 is replaced.
    pub fn decoded_path(&self) -> String {
        percent_encoding::percent_decode_str(&self.path).decode_utf8_lossy().into_owned()
    }

    /// The same address without user and query.
    #[must_use]
    pub fn without_user(&self) -> Self {
        Self { user: None, query: None, ..self.clone() }
    }

    /// The address for people: without query, and without the user of an https URL, which can be a token.
    pub fn redacted(&self) -> String {
        match self.scheme {
            Scheme::Https | Scheme::Http => self.without_user().to_string(),
            Scheme::Ssh => Self { query: None, ..self.clone() }.to_string(),
        }
    }
}

impl FromStr for GitUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if text.chars().any(|character| character.is_control()) {
            return Err(UrlError::ControlCharacter);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return parse_scp(text);
        };
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            "ssh" | "git+ssh" | "ssh+git" => Scheme::Ssh,
            other => return Err(UrlError::Scheme(other.to_owned())),
        };
        let (authority, path) = rest.find(['/', '?']).map_or((rest, "/"), |at| rest.split_at(at));
        let at = path.find(['?', '#']);
        let query = at.map(|at| path[at..].strip_prefix('?').unwrap_or(&path[at..]).to_owned());
        let path = &path[..at.unwrap_or(path.len())];
        let (user, host_port) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        if user.is_some_and(|user| user.contains(':')) {
            return Err(UrlError::Password);
        }
        let (host, port) = split_port(host_port).map_err(|error| path_for_port(error, scheme, authority, path))?;
        let path = format!("/{}", without_end_slash(path.strip_prefix('/').unwrap_or(path)));
        Ok(Self {
            scheme,
            user: user.filter(|user| !user.is_empty()).map(str::to_owned),
            host: checked_host(host)?,
            port,
            path,
            query,
        })
    }
}

/// Where the port should be stands the beginning of the path, as in the scp form: says how that is written.
fn path_for_port(error: UrlError, scheme: Scheme, authority: &str, path: &str) -> UrlError {
    match (&error, authority.rsplit_once(':')) {
        (UrlError::Port(word), Some((address, _))) if word.parse::<u64>().is_err() => {
            // The user of an https URL can be a token.
            let host = address.rsplit_once('@').map_or(address, |(_, host)| host);
            let address = if scheme == Scheme::Ssh { address } else { host };
            UrlError::ScpPath { word: word.clone(), meant: format!("{}://{address}/{word}{path}", scheme.as_str()) }
        }
        _ => error,
    }
}

impl fmt::Display for GitUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://", self.scheme.as_str())?;
        if let Some(user) = &self.user {
            write!(formatter, "{user}@")?;
        }
        write!(formatter, "{}{}", self.authority(), self.path)?;
        self.query.iter().try_for_each(|query| write!(formatter, "?{query}"))
    }
}

/// Why a text is not the address of a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing given.
    #[error("the URL is empty")]
    Empty,
    /// A scheme this tool cannot speak.
    #[error("scheme `{0}` is not supported: use https, ssh or http")]
    Scheme(String),
    /// Neither a URL nor the scp form.
    #[error("`{0}` is not a repository URL: write `https://host/path` or `ssh://user@host/path`")]
    NotAUrl(String),
    /// A password in the URL would be shown to every user of this machine and written to the cluster.
    #[error("the URL holds a password")]
    Password,
    /// Not a host name.
    #[error("`{0}` is not a host name")]
    Host(String),
    /// Not a port.
    #[error("`{0}` is not a port number")]
    Port(String),
    /// A path where the port belongs.
    #[error("`{word}` is not a port number: write `{meant}`")]
    ScpPath {
        /// What stands behind the colon.
        word: String,
        /// The address that was probably meant.
        meant: String,
    },
    /// A control character or line break.
    #[error("the URL contains a control character")]
    ControlCharacter,
}

/// Parses the scp form `[user@]host:path`, where the path is relative to the user's home or the server's root.
fn parse_scp(text: &str) -> Result<GitUrl, UrlError> {
    let not_a_url = || UrlError::NotAUrl(text.to_owned());
    if let Some((before, inner, path)) = bracketed(text) {
        return parse_bracketed(before, inner, path);
    }
    let (address, path) = text.split_once(':').ok_or_else(not_a_url)?;
    if address.contains(['/', '?', '#']) || path.is_empty() {
        return Err(not_a_url());
    }
    if path.contains('@') && !address.contains('@') {
        return Err(UrlError::Password);
    }
    let (user, host) = address.rsplit_once('@').map_or((None, address), |(user, host)| (Some(user), host));
    Ok(GitUrl {
        scheme: Scheme::Ssh,
        user: user.filter(|user| !user.is_empty()).map(str::to_owned),
        host: checked_host(host)?,
        port: None,
        path: scp_path(path),
        query: None,
    })
}

/// The parts of `[user@]host:port` or of an IPv6 address in brackets, which git reads in the scp form: what stands before
/// them, in them, and the path behind `]:`.
fn bracketed(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('[')?;
    let mut depth = 1;
    let end = rest.find(|character| {
        depth += match character {
            '[' => 1,
            ']' => -1,
            _ => 0,
        };
        depth == 0
    })?;
    let path = rest[end + 1..].strip_prefix(':').filter(|path| !path.is_empty())?;
    (before.is_empty() || before.ends_with('@')).then_some((before, &rest[..end], path))
}

fn parse_bracketed(before: &str, inner: &str, path: &str) -> Result<GitUrl, UrlError> {
    let (user, host_port) =
        inner.rsplit_once('@').map_or((before.trim_end_matches('@'), inner), |(user, host)| (user, host));
    if user.contains(':') {
        return Err(UrlError::Password);
    }
    if user.contains(['/', '?', '#']) {
        return Err(UrlError::NotAUrl(format!("{before}[{inner}]:{path}")));
    }
    let is_address = host_port.parse::<std::net::Ipv6Addr>().is_ok();
    let (host, port) = if is_address {
        (format!("[{host_port}]"), None)
    } else {
        let (host, port) = split_port(host_port)?;
        (host.to_owned(), port)
    };
    Ok(GitUrl {
        scheme: Scheme::Ssh,
        user: Some(user).filter(|user| !user.is_empty()).map(str::to_owned),
        host: checked_host(&host)?,
        port,
        path: scp_path(path),
        query: None,
    })
}

/// The path of the scp form, in which `#` and `?` have no meaning.
fn scp_path(path: &str) -> String {
    format!("/{}", without_end_slash(path.trim_start_matches('/')).replace('#', "%23").replace('?', "%3F"))
}

/// Servers take `repository/` for `repository`, but not `repository//`.
fn without_end_slash(path: &str) -> &str {
    path.strip_suffix('/').filter(|rest| !rest.ends_with('/')).unwrap_or(path)
}

/// Splits `host:port`, minding IPv6 brackets.
pub(crate) fn split_port(text: &str) -> Result<(&str, Option<u16>), UrlError> {
    let at = match text.rfind(':') {
        Some(at) if !text[at..].contains(']') => at,
        _ => return Ok((text, None)),
    };
    let (host, port) = (&text[..at], &text[at + 1..]);
    if port.is_empty() {
        return Ok((host, None));
    }
    port.parse()
        .ok()
        .filter(|port| *port != 0)
        .map(|port| (host, Some(port)))
        .ok_or_else(|| UrlError::Port(port.to_owned()))
}

/// Lower-cases a host after checking that it can be one.
pub fn checked_host(host: &str) -> Result<String, UrlError> {
    // What counts is the lower case: some letters become two, one of them a mark that no host name holds.
    let lower = host.to_lowercase();
    let bracketed = lower.starts_with('[') && lower.ends_with(']');
    let inner = if bracketed { &lower[1..lower.len() - 1] } else { &lower };
    let allowed = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(character, '-' | '.' | '_')
            || (bracketed && matches!(character, ':' | '%'))
            || (!character.is_ascii() && character.is_alphanumeric())
    };
    if inner.is_empty() || inner.starts_with(['-', '.']) || !inner.chars().all(allowed) {
        return Err(UrlError::Host(host.to_owned()));
    }
    Ok(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_place_of_the_user_is_not_shown() {
        let url: GitUrl = "https://s3cr3t@dev.azure.com/o/p/_git/r?version=GBmain".parse().unwrap();
        assert_eq!(url.redacted(), "https://dev.azure.com/o/p/_git/r");
        let url: GitUrl = "git@ssh.dev.azure.com:v3/o/p/r".parse().unwrap();
        assert_eq!(url.redacted(), "ssh://git@ssh.dev.azure.com/v3/o/p/r");
    }

    #[test]
    fn every_spelling_prints_as_a_url() {
        for (given, printed) in [
            ("https://dev.azure.com/o/p/_git/r", "https://dev.azure.com/o/p/_git/r"),
            ("https://o@Dev.Azure.com/o/my%20p/_git/r/", "https://o@dev.azure.com/o/my%20p/_git/r"),
            ("git@ssh.dev.azure.com:v3/o/p/r/", "ssh://git@ssh.dev.azure.com/v3/o/p/r"),
            ("ssh://git@[::1]:2222/a", "ssh://git@[::1]:2222/a"),
            ("http://localhost:8080/a?version=GBmain", "http://localhost:8080/a?version=GBmain"),
            ("https://host", "https://host/"),
            ("@host:a", "ssh://host/a"),
            ("git@host:a#b?c", "ssh://git@host/a%23b%3Fc"),
            ("[git@git.example.com:2222]:team/fleet.git", "ssh://git@git.example.com:2222/team/fleet.git"),
            ("git@[git.example.com:2222]:/team/fleet.git", "ssh://git@git.example.com:2222/team/fleet.git"),
            ("[host]:a", "ssh://host/a"),
            ("git@[fd00::1]:a", "ssh://git@[fd00::1]/a"),
            ("[git@[fd00::1]:22]:a", "ssh://git@[fd00::1]:22/a"),
        ] {
            assert_eq!(given.parse::<GitUrl>().unwrap().to_string(), printed, "{given}");
        }
    }

    #[test]
    fn what_is_not_a_repository_is_refused_by_name() {
        for (given, error) in [
            ("", UrlError::Empty),
            ("ftp://host/a", UrlError::Scheme("ftp".into())),
            ("just-a-name", UrlError::NotAUrl("just-a-name".into())),
            ("a?b@host:c", UrlError::NotAUrl("a?b@host:c".into())),
            ("./local/path", UrlError::NotAUrl("./local/path".into())),
            ("https://user:pass@host/a", UrlError::Password),
            ("user:pass@host/a", UrlError::Password),
            ("[user:pass@host:22]:a", UrlError::Password),
            ("[git@host:port]:a", UrlError::Port("port".into())),
            ("[git@:22]:a", UrlError::Host(String::new())),
            ("?a@[::1]:b", UrlError::NotAUrl("?a@[::1]:b".into())),
            ("https:///a", UrlError::Host(String::new())),
            ("https://ho st/a", UrlError::Host("ho st".into())),
            ("https://\u{130}/a", UrlError::Host("\u{130}".into())),
            ("ssh://-oProxyCommand=x/a", UrlError::Host("-oproxycommand=x".into())),
            (
                "ssh://git@ssh.dev.azure.com:v3/o/p/r",
                UrlError::ScpPath { word: "v3".into(), meant: "ssh://git@ssh.dev.azure.com/v3/o/p/r".into() },
            ),
        ] {
            let found = given.parse::<GitUrl>().unwrap_err();
            assert_eq!(found.to_string().to_lowercase(), error.to_string().to_lowercase(), "{given}");
        }
    }
}
