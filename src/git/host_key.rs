//! Whether a server's host key is trusted: a pure decision over the places where keys are recorded.

mod certificate;
mod key;
mod verdict;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use ssh_key::{Algorithm, PublicKey};

use super::known_hosts::{self, Entry, KnownHosts, Role};
pub use key::HostKey;
pub(crate) use verdict::RecordedKey;
pub use verdict::{HostKeyVerdict, TrustedBy};

use crate::domain::azure_devops::host_keys;
use crate::domain::environment::Environment;
use crate::domain::given_file;
use crate::domain::text;

/// The places where host keys are recorded, in the order in which they are asked.
#[derive(Clone, Debug, Default)]
pub struct HostKeySources {
    /// `--known-hosts-file`; it also takes the place of the pinned key.
    pub given: Option<KnownHosts>,
    /// The user's and the system's files; together they are one place.
    pub of_user: Vec<KnownHosts>,
    /// `known_hosts` of the existing source secret.
    pub of_secret: Option<KnownHosts>,
    /// Keys accepted in this run.
    accepted: Vec<(String, HostKey)>,
    /// Seconds since 1970, for the validity of host certificates.
    now: u64,
}

/// No record of host keys has more bytes.
const LARGEST: usize = 16 << 20;

impl HostKeySources {
    /// Reads `--known-hosts-file` and the files of user and system. Of the latter those that cannot be read do not count.
    ///
    /// # Errors
    /// The given file cannot be read.
    pub fn load(given: Option<&Path>, environment: &Environment) -> std::io::Result<Self> {
        let given = match given {
            Some(path) => {
                Some(KnownHosts::parse(&lines_of(&given_file::read(path, LARGEST)?), path.display().to_string()))
            }
            None => None,
        };
        let user = environment.home().map(|home| home.join(".ssh/known_hosts"));
        let of_user = user
            .into_iter()
            .chain(of_system(environment))
            .filter_map(|path| {
                Some(KnownHosts::parse(&lines_of(&given_file::read(&path, LARGEST).ok()?), path.display().to_string()))
            })
            .collect();
        let now = environment.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Ok(Self { given, of_user, now, ..Self::default() })
    }

    /// Takes this file for `--known-hosts-file`.
    #[must_use]
    pub fn with_given(self, known_hosts: KnownHosts) -> Self {
        Self { given: Some(known_hosts), ..self }
    }

    /// Adds the `known_hosts` of the existing source secret; `origin` names it in messages.
    #[must_use]
    pub fn with_secret(mut self, known_hosts: &str, origin: impl Into<String>) -> Self {
        self.of_secret = Some(KnownHosts::parse(known_hosts, origin));
        self
    }

    /// Trusts a key for one host from now on, because someone said so. What is recorded elsewhere still comes first.
    pub fn accept(&mut self, host: &str, port: u16, key: HostKey) {
        self.accepted.push((known_hosts::host_name(host, port), key));
    }

    /// Judges the key a server presented. The first place that knows the host decides; a revocation anywhere is final.
    pub fn verdict(&self, host: &str, port: u16, presented: &HostKey) -> HostKeyVerdict {
        if let Some(place) = self.revocation(host, port, &presented.0) {
            return HostKeyVerdict::Revoked { place };
        }
        let verdicts = [
            self.given.as_ref().and_then(|file| verdict_by(std::slice::from_ref(file), host, port, presented)),
            self.is_pinned(host).then(|| verdict_by_pin(presented)).flatten(),
            verdict_by(&self.of_user, host, port, presented),
            self.of_secret.as_ref().and_then(|secret| verdict_by(std::slice::from_ref(secret), host, port, presented)),
            self.verdict_by_acceptance(host, port, presented),
        ];
        verdicts.into_iter().flatten().next().unwrap_or(HostKeyVerdict::Unknown)
    }

    /// The keys on record for the host in the first place that knows it, without those that are revoked; for a server
    /// that cannot be asked.
    pub fn recorded(&self, host: &str, port: u16) -> Vec<RecordedKey> {
        let of = |files: &[KnownHosts]| -> Vec<RecordedKey> {
            let keys = recorded_keys(files, host, port);
            keys.into_iter().filter(|it| self.revocation(host, port, &it.key.0).is_none()).collect()
        };
        let pinned = || self.is_pinned(host).then(pin).flatten().into_iter().collect::<Vec<_>>();
        let places = [of(self.given.as_slice()), pinned(), of(&self.of_user), of(self.of_secret.as_slice())];
        places.into_iter().find(|keys| !keys.is_empty()).unwrap_or_default()
    }

    /// Whether certificates are worth asking the server for.
    pub(crate) fn has_authority(&self, host: &str, port: u16) -> bool {
        !self.is_pinned(host) && self.entries(host, port).any(|(_, entry)| entry.role == Role::CertAuthority)
    }

    /// The kinds of key on record for the host, which a client should ask for first: a server shows only one of its keys.
    pub(crate) fn kinds_on_record(&self, host: &str, port: u16) -> Vec<Algorithm> {
        let pinned = self.is_pinned(host).then_some(Algorithm::Rsa { hash: None });
        let name = known_hosts::host_name(host, port);
        let recorded = self
            .entries(host, port)
            .filter(|(_, entry)| entry.role == Role::HostKey)
            .map(|(_, entry)| entry.key.algorithm());
        let accepted = self.accepted.iter().filter(|(host, _)| *host == name).map(|(_, key)| key.0.algorithm());
        pinned.into_iter().chain(recorded).chain(accepted).collect()
    }

    fn is_pinned(&self, host: &str) -> bool {
        self.given.is_none() && host_keys::is_pinned(host)
    }

    fn files(&self) -> impl Iterator<Item = &KnownHosts> {
        self.given.iter().chain(&self.of_user).chain(&self.of_secret)
    }

    fn entries<'a>(&'a self, host: &str, port: u16) -> impl Iterator<Item = (&'a KnownHosts, &'a Entry)> {
        let host = host.to_owned();
        self.files().flat_map(move |file| file.entries_for(&host, port).map(move |entry| (file, entry)))
    }

    fn revocation(&self, host: &str, port: u16, key: &PublicKey) -> Option<String> {
        self.entries(host, port)
            .find(|(_, entry)| entry.role == Role::Revoked && entry.key.key_data() == key.key_data())
            .map(|(file, entry)| place(file, entry))
    }

    fn verdict_by_acceptance(&self, host: &str, port: u16, presented: &HostKey) -> Option<HostKeyVerdict> {
        let name = known_hosts::host_name(host, port);
        let expected: Vec<RecordedKey> = self
            .accepted
            .iter()
            .filter(|(accepted, _)| *accepted == name)
            .map(|(_, key)| RecordedKey { key: key.clone(), place: "the key accepted earlier in this run".to_owned() })
            .collect();
        if expected.iter().any(|recorded| recorded.key == *presented) {
            return Some(HostKeyVerdict::Trusted(TrustedBy::Accepted));
        }
        (!expected.is_empty()).then_some(HostKeyVerdict::Changed { expected })
    }
}

/// Where OpenSSH keeps the system's own.
fn of_system(environment: &Environment) -> Option<PathBuf> {
    if cfg!(windows) {
        return environment.path_variable("ProgramData").map(|folder| folder.join("ssh").join("ssh_known_hosts"));
    }
    Some(PathBuf::from("/etc/ssh/ssh_known_hosts"))
}

fn place(file: &KnownHosts, entry: &Entry) -> String {
    format!("{} line {}", file.origin(), entry.line)
}

/// The verdict of files that count as one place; `None` when they hold nothing about the host.
fn verdict_by(files: &[KnownHosts], host: &str, port: u16, presented: &HostKey) -> Option<HostKeyVerdict> {
    let recorded = |port: u16| {
        files.iter().flat_map(move |file| {
            file.entries_for(host, port).filter(|entry| entry.role == Role::HostKey).map(move |entry| (file, entry))
        })
    };
    let is_presented = |entry: &Entry| entry.key.key_data() == presented.0.key_data();
    let matching = recorded(port).find(|(_, entry)| is_presented(entry));
    if matching.is_none() && recorded(port).next().is_some() {
        return Some(HostKeyVerdict::Changed { expected: recorded_keys(files, host, port) });
    }
    // Like OpenSSH, take the same key under the bare name for another port too; another key there says nothing.
    let (file, entry) = matching.or_else(|| recorded(22).find(|(_, entry)| is_presented(entry)))?;
    Some(HostKeyVerdict::Trusted(TrustedBy::KnownHosts { origin: file.origin().to_owned(), line: entry.line }))
}

/// The host's own keys in these files.
fn recorded_keys(files: &[KnownHosts], host: &str, port: u16) -> Vec<RecordedKey> {
    let entries = files.iter().flat_map(|file| file.entries_for(host, port).map(move |entry| (file, entry)));
    entries
        .filter(|(_, entry)| entry.role == Role::HostKey)
        .map(|(file, entry)| RecordedKey { key: HostKey::new(&entry.key), place: place(file, entry) })
        .collect()
}

/// Azure DevOps' published key.
/// What messages call the key that this program holds.
pub(crate) const PIN: &str = "the key that Azure DevOps publishes";

fn pin() -> Option<RecordedKey> {
    let key = HostKey::new(&PublicKey::from_openssh(host_keys::PUBLIC_KEY).ok()?);
    Some(RecordedKey { key, place: PIN.to_owned() })
}

fn verdict_by_pin(presented: &HostKey) -> Option<HostKeyVerdict> {
    let pinned = pin()?;
    Some(if pinned.key == *presented {
        HostKeyVerdict::Trusted(TrustedBy::Pinned)
    } else {
        HostKeyVerdict::Changed { expected: vec![pinned] }
    })
}

/// The lines of a file; what is no text spoils its own line alone.
fn lines_of(bytes: &[u8]) -> Cow<'_, str> {
    text::decode(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), |(text, _)| Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AZURE: &str = host_keys::PUBLIC_KEY;
    const ONE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    const TWO: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const HOST: &str = "ssh.dev.azure.com";

    fn key(text: &str) -> HostKey {
        HostKey::new(&PublicKey::from_openssh(text).unwrap())
    }

    fn file(lines: &[&str], origin: &str) -> KnownHosts {
        KnownHosts::parse(&lines.join("\n"), origin)
    }

    fn by(origin: &str, line: usize) -> HostKeyVerdict {
        HostKeyVerdict::Trusted(TrustedBy::KnownHosts { origin: origin.into(), line })
    }

    #[test]
    fn azure_s_key_is_pinned_and_no_other_kind_passes() {
        let sources =
            HostKeySources { of_user: vec![file(&[&format!("{HOST} {ONE}")], "user")], ..HostKeySources::default() };
        assert_eq!(sources.verdict(HOST, 22, &key(AZURE)), HostKeyVerdict::Trusted(TrustedBy::Pinned));
        let HostKeyVerdict::Changed { expected } = sources.verdict(HOST, 22, &key(ONE)) else {
            panic!("the user's file must not overrule the pin");
        };
        assert_eq!(expected[0].key.fingerprint(), host_keys::FINGERPRINT);
    }

    #[test]
    fn a_file_saved_as_utf16_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        let line = format!("h {ONE}\r\n");
        let utf16: Vec<u8> = [0xFEFF].into_iter().chain(line.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        fs_err::write(&path, utf16).unwrap();
        let sources = HostKeySources::load(Some(&path), &Environment::default()).unwrap();
        assert_eq!(sources.verdict("h", 22, &key(ONE)), by(&path.display().to_string(), 1));
    }

    #[test]
    fn a_given_file_takes_the_place_of_the_pin() {
        let with = |line: String| HostKeySources { given: Some(file(&[&line], "given")), ..HostKeySources::default() };
        let sources = with(format!("{HOST} {ONE}"));
        assert_eq!(sources.verdict(HOST, 22, &key(ONE)), by("given", 1));
        assert!(matches!(sources.verdict(HOST, 22, &key(AZURE)), HostKeyVerdict::Changed { .. }));
        assert_eq!(with(format!("other {ONE}")).verdict(HOST, 22, &key(AZURE)), HostKeyVerdict::Unknown);
    }

    #[test]
    fn the_first_place_that_knows_the_host_decides() {
        let mut sources = HostKeySources {
            given: Some(file(&[&format!("other {TWO}")], "given")),
            of_user: vec![file(&["# nothing"], "user"), file(&[&format!("h {ONE}")], "system")],
            of_secret: Some(file(&[&format!("h {TWO}"), &format!("s {TWO}")], "secret")),
            ..HostKeySources::default()
        };
        assert_eq!(sources.verdict("h", 22, &key(ONE)), by("system", 1));
        assert!(matches!(sources.verdict("h", 22, &key(TWO)), HostKeyVerdict::Changed { .. }));
        assert_eq!(sources.verdict("s", 22, &key(TWO)), by("secret", 2));
        assert_eq!(sources.verdict("new", 22, &key(ONE)), HostKeyVerdict::Unknown);
        sources.accept("new", 22, key(ONE));
        assert_eq!(sources.verdict("new", 22, &key(ONE)), HostKeyVerdict::Trusted(TrustedBy::Accepted));
        assert!(matches!(sources.verdict("new", 22, &key(TWO)), HostKeyVerdict::Changed { .. }));
        assert_eq!(sources.verdict("new", 2222, &key(ONE)), HostKeyVerdict::Unknown);
    }

    #[test]
    fn a_server_that_cannot_be_asked_is_known_by_its_record() {
        let places = |sources: &HostKeySources, host: &str| -> Vec<String> {
            sources.recorded(host, 22).into_iter().map(|recorded| recorded.place).collect()
        };
        let mut sources = HostKeySources {
            of_user: vec![file(&[&format!("{HOST} {ONE}"), &format!("h {ONE}"), &format!("h {TWO}")], "user")],
            of_secret: Some(file(&[&format!("s {TWO}")], "secret")),
            ..HostKeySources::default()
        };
        assert_eq!(places(&sources, HOST), ["the key that Azure DevOps publishes"]);
        assert_eq!(places(&sources, "h"), ["user line 2", "user line 3"]);
        assert_eq!(places(&sources, "s"), ["secret line 1"]);
        assert!(places(&sources, "new").is_empty());
        sources.given = Some(file(&[&format!("{HOST} {TWO}"), &format!("@revoked * {ONE}")], "given"));
        assert_eq!(places(&sources, HOST), ["given line 1"]);
        assert_eq!(places(&sources, "h"), ["user line 3"]);
    }

    #[test]
    fn several_keys_of_a_host_and_its_other_ports() {
        let lines = [format!("h {AZURE}"), format!("h {ONE}"), format!("[h]:2222 {TWO}")];
        let sources = HostKeySources {
            of_user: vec![file(&lines.each_ref().map(String::as_str), "user")],
            ..HostKeySources::default()
        };
        assert_eq!(sources.verdict("h", 22, &key(ONE)), by("user", 2));
        assert_eq!(sources.verdict("h", 2222, &key(TWO)), by("user", 3));
        assert!(matches!(sources.verdict("h", 2222, &key(ONE)), HostKeyVerdict::Changed { .. }));
        assert_eq!(sources.verdict("h", 7999, &key(ONE)), by("user", 2));
        assert_eq!(sources.verdict("h", 7999, &key(TWO)), HostKeyVerdict::Unknown);
        assert_eq!(sources.kinds_on_record("h", 22), [Algorithm::Rsa { hash: None }, Algorithm::Ed25519]);
    }

    #[test]
    fn a_revocation_is_final_and_an_authority_is_no_host_key() {
        let sources = HostKeySources {
            of_user: vec![file(&[&format!("@revoked * {ONE}"), &format!("@cert-authority ca {TWO}")], "user")],
            of_secret: Some(file(&[&format!("h {ONE}")], "secret")),
            ..HostKeySources::default()
        };
        assert_eq!(sources.verdict("h", 22, &key(ONE)), HostKeyVerdict::Revoked { place: "user line 1".into() });
        assert_eq!(sources.verdict("ca", 22, &key(TWO)), HostKeyVerdict::Unknown);
        assert!(sources.has_authority("ca", 22) && !sources.has_authority("h", 22));
    }
}
