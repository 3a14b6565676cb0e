//! OpenSSH's `known_hosts` format: which keys a file holds for a host, and the line that records one.
//!
//! Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Lines that cannot be read are passed over, as OpenSSH does.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use ssh_key::PublicKey;

/// The port for which names stand alone; others are written `[host]:port`.
const DEFAULT_PORT: u16 = 22;

/// The content of one `known_hosts` file.
#[derive(Clone, Debug, Default)]
pub struct KnownHosts {
    origin: String,
    entries: Vec<Entry>,
}

/// One readable line.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What the key stands for.
    pub role: Role,
    /// The host's, or its authority's.
    pub key: PublicKey,
    /// The line's number in its file, from 1.
    pub line: usize,
    hosts: Hosts,
}

/// What a line's key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The host's own key.
    HostKey,
    /// `@cert-authority`: the key signs the host's certificates.
    CertAuthority,
    /// `@revoked`: the key must never be accepted.
    Revoked,
}

#[derive(Clone, Debug)]
enum Hosts {
    Patterns(Vec<String>),
    Hashed { salt: Vec<u8>, hash: Vec<u8> },
}

impl KnownHosts {
    /// Reads a file's text; `origin` is what messages call the file.
    pub fn parse(text: &str, origin: impl Into<String>) -> Self {
        let entries = text.lines().enumerate().filter_map(|(index, line)| parse_line(line, index + 1)).collect();
        Self { origin: origin.into(), entries }
    }

    /// What messages call this file.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The lines about this host, in their order.
    pub fn entries_for<'a>(&'a self, host: &str, port: u16) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let name = host_name(host, port);
        self.entries.iter().filter(move |entry| entry.hosts.match_name(&name))
    }
}

/// The name under which a host is known: `host`, or `[host]:port` for another port than 22.
///
/// Brackets of an IPv6 address in a URL are no part of its name.
pub(crate) fn host_name(host: &str, port: u16) -> String {
    let bare = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host).to_lowercase();
    if port == DEFAULT_PORT { bare } else { format!("[{bare}]:{port}") }
}

/// The line that records a key for one host, without a line break.
pub(crate) fn line(host: &str, port: u16, key: &PublicKey) -> String {
    let blob = key.to_bytes().map(|blob| BASE64_STANDARD.encode(blob)).unwrap_or_default();
    format!("{} {} {blob}", host_name(host, port), key.algorithm())
}

impl Hosts {
    fn parse(field: &str) -> Option<Self> {
        let Some(hashed) = field.strip_prefix("|1|") else {
            return Some(Self::Patterns(field.split(',').map(str::to_lowercase).collect()));
        };
        let (salt, hash) = hashed.split_once('|')?;
        Some(Self::Hashed { salt: BASE64_STANDARD.decode(salt).ok()?, hash: BASE64_STANDARD.decode(hash).ok()? })
    }

    fn match_name(&self, name: &str) -> bool {
        match self {
            Self::Patterns(patterns) => {
                let negated =
                    |pattern: &String| pattern.strip_prefix('!').is_some_and(|rest| matches_pattern(rest, name));
                !patterns.iter().any(negated) && patterns.iter().any(|pattern| matches_pattern(pattern, name))
            }
            Self::Hashed { salt, hash } => Hmac::<Sha1>::new_from_slice(salt).is_ok_and(|mut mac| {
                mac.update(name.as_bytes());
                mac.verify_slice(hash).is_ok()
            }),
        }
    }
}

/// Matches `*` (any text) and `?` (any one character).
fn matches_pattern(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while position < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(character) if *character == '?' || *character == name[position] => {
                at += 1;
                position += 1;
            }
            _ => match star {
                // Let the last star swallow one more character.
                Some((star_at, start)) => {
                    star = Some((star_at, start + 1));
                    at = star_at + 1;
                    position = start + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}

fn parse_line(line: &str, number: usize) -> Option<Entry> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (role, rest) = match line.split_once(char::is_whitespace)? {
        ("@cert-authority", rest) => (Role::CertAuthority, rest.trim_start()),
        ("@revoked", rest) => (Role::Revoked, rest.trim_start()),
        (marker, _) if marker.starts_with('@') => return None,
        _ => (Role::HostKey, line),
    };
    let mut fields = rest.split_whitespace();
    let hosts = Hosts::parse(fields.next()?)?;
    let key = PublicKey::from_openssh(&format!("{} {}", fields.next()?, fields.next()?)).ok()?;
    Some(Entry { role, key, line: number, hosts })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::azure_devops::host_keys::PUBLIC_KEY as RSA;

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    fn lines_for(text: &str, host: &str, port: u16) -> Vec<usize> {
        KnownHosts::parse(text, "f").entries_for(host, port).map(|entry| entry.line).collect()
    }

    #[test]
    fn names_patterns_and_ports() {
        let text = format!(
            "# a comment\n\n\
             example.com,10.0.0.1 {ED25519} me@here\n\
             *.example.com,!bad.example.com {ED25519}\n\
             [example.com]:2222 {RSA}\n\
             \tgit?.example.org   {ED25519}  a b c\r\n\
             [*]:7999 {ED25519}\n"
        );
        for (host, port, lines) in [
            ("example.com", 22, vec![3]),
            ("EXAMPLE.com", 22, vec![3]),
            ("10.0.0.1", 22, vec![3]),
            ("a.example.com", 22, vec![4]),
            ("a.b.example.com", 22, vec![4]),
            ("bad.example.com", 22, vec![]),
            ("example.com", 2222, vec![5]),
            ("example.com", 2223, vec![]),
            ("git1.example.org", 22, vec![6]),
            ("git12.example.org", 22, vec![]),
            ("any.where", 7999, vec![7]),
        ] {
            assert_eq!(lines_for(&text, host, port), lines, "{host}:{port}");
        }
    }

    #[test]
    fn hashed_names_as_ssh_keygen_writes_them() {
        // `ssh-keygen -H` over `git.example.com` and `[git.example.com]:2222`, with salts of its choosing.
        let hashed = |name: &str| {
            let salt = [7_u8; 20];
            let mut mac = Hmac::<Sha1>::new_from_slice(&salt).unwrap();
            mac.update(name.as_bytes());
            format!("|1|{}|{}", BASE64_STANDARD.encode(salt), BASE64_STANDARD.encode(mac.finalize().into_bytes()))
        };
        let text = format!(
            "{} {RSA}\n{} {RSA}\n|1|broken {RSA}\n",
            hashed("git.example.com"),
            hashed("[git.example.com]:2222")
        );
        assert_eq!(lines_for(&text, "git.example.com", 22), [1]);
        assert_eq!(lines_for(&text, "Git.Example.com", 2222), [2]);
        assert_eq!(lines_for(&text, "example.com", 22), Vec::<usize>::new());
    }

    #[test]
    fn markers_give_keys_their_role() {
        let text = format!("@cert-authority *.example.com {RSA}\n@revoked * {ED25519}\n@unknown * {RSA}\n");
        let hosts = KnownHosts::parse(&text, "f");
        let roles: Vec<Role> = hosts.entries_for("a.example.com", 22).map(|entry| entry.role).collect();
        assert_eq!(roles, [Role::CertAuthority, Role::Revoked]);
    }

    #[test]
    fn broken_lines_are_passed_over() {
        let text = format!("host\nhost ssh-rsa\nhost ssh-rsa AAAA\nhost 1024 35 12345\nhost {ED25519}\n@revoked\n");
        assert_eq!(lines_for(&text, "host", 22), [5]);
    }

    #[test]
    fn a_recorded_line_is_found_again() {
        let key = PublicKey::from_openssh(RSA).unwrap();
        for (host, port, name) in [
            ("ssh.dev.azure.com", 22, "ssh.dev.azure.com"),
            ("127.0.0.1", 2222, "[127.0.0.1]:2222"),
            ("[::1]", 22, "::1"),
            ("[::1]", 2222, "[::1]:2222"),
        ] {
            let line = line(host, port, &key);
            assert_eq!(line, format!("{name} {RSA}"));
            assert_eq!(lines_for(&line, host, port), [1]);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*", line in "[@|*!?,a \\[\\]:1-9]{0,30}") {
            let hosts = KnownHosts::parse(&format!("{text}\n{line} {RSA}\n|1|{line}|{line}= {RSA}"), "f");
            let _ = hosts.entries_for(&text, 22).count();
        }

        #[test]
        fn a_star_stands_for_any_text(text in "[a-z.]{0,12}", tail in "[a-z.]{0,4}") {
            let pattern = format!("*{}", tail);
            let full = format!("{}{}", text, tail);
            prop_assert!(matches_pattern(&pattern, &full));
        }
    }
}
