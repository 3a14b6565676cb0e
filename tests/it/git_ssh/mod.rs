//! Git over SSH against real OpenSSH servers: one restricted as Azure DevOps' is, one ordinary.

mod agent;
mod host_keys;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flux_bootstrap::for_tests::{
    DeployKey, EcdsaCurve, GitHost, GitService, HostKeyAlgorithms, HostKeySources, KeyKind, KnownHosts, Limits,
    ScannedHostKey, Secret, SshConnection, SshError, SshIdentity, scan_host_key,
};

use crate::support::{AzureDevOps, KeyStanding, Repository, SshServer, TestEnv, new_key};

/// What one scenario needs.
struct Bed {
    azure: AzureDevOps,
    ssh: SshServer,
    env: TestEnv,
}

/// The service at an address.
fn host_of(url: &str) -> GitHost {
    GitHost::of(&url.parse().unwrap()).unwrap()
}

impl Bed {
    fn azure() -> Self {
        let azure = AzureDevOps::start();
        let ssh = SshServer::start_azure(&azure);
        Self { azure, ssh, env: TestEnv::new() }
    }

    fn plain() -> Self {
        let azure = AzureDevOps::start();
        let ssh = SshServer::start_plain(&azure);
        Self { azure, ssh, env: TestEnv::new() }
    }

    fn fleet(&self) -> Repository {
        self.azure.repository("acme", "platform", "fleet").seed(&[("README.md", "hello")])
    }

    /// A connection with a key of this kind, which the server may or may not know.
    fn connection(&self, repository: &Repository, key: DeployKey) -> SshConnection {
        SshConnection {
            url: self.ssh.url(repository).parse().unwrap(),
            host: host_of(&self.ssh.url(repository)),
            username: "git".into(),
            identity: SshIdentity::Key(Arc::new(key)),
            host_keys: self.trusting(&self.ssh.known_hosts_line("127.0.0.1")),
            host_key_algorithms: HostKeyAlgorithms::default(),
            limits: within(Duration::from_secs(60)),
        }
    }

    fn trusting(&self, known_hosts: &str) -> Arc<HostKeySources> {
        Arc::new(HostKeySources::default().with_given(KnownHosts::parse(known_hosts, "known")))
    }

    fn admitted(&self, key: DeployKey, standing: KeyStanding) -> DeployKey {
        self.ssh.admit(&key.public_line(), standing);
        key
    }

    fn scan(&self, sources: &Arc<HostKeySources>) -> Result<ScannedHostKey, SshError> {
        let limits = within(Duration::from_secs(60));
        scan_host_key("127.0.0.1", self.ssh.port(), sources, &HostKeyAlgorithms::default(), &limits)
    }

    fn host(&self) -> String {
        format!("[127.0.0.1]:{}", self.ssh.port())
    }
}

fn within(time: Duration) -> Limits {
    Limits::after(time)
}

fn key(kind: KeyKind) -> DeployKey {
    DeployKey::generate(kind).unwrap()
}

fn rsa() -> DeployKey {
    key(KeyKind::Rsa(2048))
}

fn named(key: &DeployKey) -> String {
    format!("{} {}", key.kind(), key.fingerprint())
}

#[test]
fn an_rsa_key_reads_and_pushes_at_a_server_restricted_like_azure_s() {
    let bed = Bed::azure();
    let fleet = bed.fleet();
    let connection = bed.connection(&fleet, bed.admitted(rsa(), KeyStanding::Contributor));
    connection.check_access().unwrap();
    for service in [GitService::UploadPack, GitService::ReceivePack] {
        let mut channel = connection.open(service).unwrap();
        let mut length = [0; 4];
        channel.read_exact(&mut length).unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&length).unwrap(), 16).unwrap();
        let mut line = vec![0; length - 4];
        channel.read_exact(&mut line).unwrap();
        assert!(
            String::from_utf8_lossy(&line).contains("refs/heads/main") || line.starts_with(b"0") || !line.is_empty()
        );
        channel.write_all(b"0000").unwrap();
        let mut rest = Vec::new();
        channel.read_to_end(&mut rest).unwrap();
        assert!(rest.ends_with(b"0000"), "the advertisement ends with a flush, the command in order");
    }
    let sessions = bed.ssh.sessions();
    assert_eq!(sessions[0].command, "git-upload-pack '/v3/acme/platform/fleet'");
    assert_eq!(sessions[2].command, "git-receive-pack '/v3/acme/platform/fleet'");
    assert_eq!(sessions[0].user, "git");
}

#[test]
fn a_plain_server_with_an_ed25519_host_key_takes_every_kind_of_key() {
    let bed = Bed::plain();
    let fleet = bed.fleet();
    for kind in [
        KeyKind::Ed25519,
        KeyKind::Ecdsa(EcdsaCurve::P256),
        KeyKind::Ecdsa(EcdsaCurve::P384),
        KeyKind::Ecdsa(EcdsaCurve::P521),
        KeyKind::Rsa(2048),
    ] {
        let connection = bed.connection(&fleet, bed.admitted(key(kind), KeyStanding::Reader));
        connection.check_access().unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    }
}

#[test]
fn names_are_sent_decoded_and_the_user_of_the_url_comes_first() {
    let bed = Bed::azure();
    let odd = bed.azure.repository("acme", "my platform", "flëet");
    let mut connection = bed.connection(&odd, bed.admitted(rsa(), KeyStanding::Reader));
    let path = "/v3/acme/my%20platform/fl%C3%ABet";
    connection.url = format!("ssh://someone@127.0.0.1:{}{path}", bed.ssh.port()).parse().unwrap();
    connection.check_access().unwrap_or_else(|error| panic!("{error}\n{}", bed.ssh.log()));
    connection.url.user = None;
    connection.username = "acme".into();
    connection.check_access().unwrap();
    let sessions = bed.ssh.sessions();
    assert_eq!(sessions[0].command, "git-upload-pack '/v3/acme/my platform/flëet'");
    assert_eq!([sessions[0].user.as_str(), sessions[1].user.as_str()], ["someone", "acme"]);
}

/// Some 12 MB that do not compress well, as text.
fn noise() -> String {
    (0_u32..1_500_000)
        .map(|number| format!("{:08x}", number.wrapping_mul(2_654_435_761).rotate_left(number % 31)))
        .collect()
}

#[test]
fn a_large_pack_comes_whole_and_goes_whole() {
    let bed = Bed::plain();
    let fleet = bed.azure.repository("acme", "platform", "large").seed(&[("noise", &noise())]);
    let connection = bed.connection(&fleet, bed.admitted(rsa(), KeyStanding::Contributor));
    let mut channel = connection.open(GitService::UploadPack).unwrap();
    let mut first = [0; 44];
    channel.read_exact(&mut first).unwrap();
    let tip = std::str::from_utf8(&first[4..]).unwrap().to_owned();
    channel.write_all(format!("0032want {tip}\n00000009done\n").as_bytes()).unwrap();
    let mut everything = Vec::new();
    channel.read_to_end(&mut everything).unwrap();
    let at = everything.windows(8).position(|window| window == b"PACK\0\0\0\x02").unwrap();
    assert!(everything[..at].ends_with(b"0008NAK\n"));
    let pack = &everything[at..];
    assert!(pack.len() > 3_000_000, "more than any window: {} bytes", pack.len());

    let copy = bed.azure.repository("acme", "platform", "copy");
    let connection = SshConnection { url: bed.ssh.url(&copy).parse().unwrap(), ..connection };
    let mut channel = connection.open(GitService::ReceivePack).unwrap();
    let command = format!("{} {tip} refs/heads/main\0report-status", "0".repeat(40));
    channel.write_all(format!("{:04x}{command}0000", command.len() + 4).as_bytes()).unwrap();
    channel.write_all(pack).unwrap();
    let mut answer = Vec::new();
    channel.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.contains("unpack ok") && answer.contains("ok refs/heads/main"), "{answer}");
    assert_eq!(copy.tip("main"), Some(tip));
}

#[test]
fn keys_that_azure_lets_in_and_then_turns_down() {
    let bed = Bed::azure();
    let fleet = bed.fleet();
    let unknown = rsa();
    let name = named(&unknown);
    let error = bed.connection(&fleet, unknown).check_access().unwrap_err();
    let words = vec!["Public key authentication failed.".to_owned()];
    assert_eq!(error, SshError::KeyRejected { host: bed.host(), tried: vec![name.clone()], words });
    assert_eq!(error.to_string(), format!("`{}` refused the key {name}: Public key authentication failed", bed.host()));

    let expired = bed.admitted(rsa(), KeyStanding::Expired);
    let error = bed.connection(&fleet, expired).check_access().unwrap_err();
    assert!(matches!(&error, SshError::KeyExpired { .. }), "{error}");
    assert!(error.server_words()[0].contains("https://aka.ms/ado-ssh-public-key-expired"));

    let reader = bed.connection(&fleet, bed.admitted(rsa(), KeyStanding::Reader));
    let error = reader.open(GitService::ReceivePack).map(drop).unwrap_err();
    assert!(matches!(&error, SshError::CommandFailed { status: Some(1), .. }), "{error}");
    assert!(error.server_words()[0].starts_with("TF401027: "), "{error}");
}

#[test]
fn a_repository_that_is_not_there() {
    let bed = Bed::azure();
    let fleet = bed.fleet();
    let mut connection = bed.connection(&fleet, bed.admitted(rsa(), KeyStanding::Reader));
    connection.url.path = "/v3/acme/platform/missing".into();
    let error = connection.check_access().unwrap_err();
    assert!(matches!(&error, SshError::NotFound { .. }), "{error}");
    assert!(error.to_string().contains("TF401019: The Git repository with name or identifier missing"), "{error}");
}

#[test]
fn keys_that_the_server_does_not_let_in() {
    let azure = Bed::azure();
    let fleet = azure.fleet();
    let ecdsa = azure.admitted(key(KeyKind::Ecdsa(EcdsaCurve::P384)), KeyStanding::Reader);
    let name = named(&ecdsa);
    let error = azure.connection(&fleet, ecdsa).check_access().unwrap_err();
    let expected =
        SshError::NotAccepted { host: azure.host(), user: "git".into(), tried: vec![name.clone()], words: vec![] };
    assert_eq!(error, expected);
    assert_eq!(error.to_string(), format!("`{}` does not accept the key {name} for user `git`", azure.host()));

    let plain = Bed::plain();
    let fleet = plain.fleet();
    let error = plain.connection(&fleet, key(KeyKind::Ed25519)).check_access().unwrap_err();
    assert!(matches!(&error, SshError::NotAccepted { .. }), "{error}");
}

#[test]
fn other_kinds_than_rsa_are_refused_for_azure_before_connecting() {
    let connection = SshConnection {
        url: "ssh://git@ssh.dev.azure.com/v3/o/p/r".parse().unwrap(),
        host: host_of("ssh://git@ssh.dev.azure.com/v3/o/p/r"),
        username: "git".into(),
        identity: SshIdentity::Key(Arc::new(key(KeyKind::Ed25519))),
        host_keys: Arc::default(),
        host_key_algorithms: HostKeyAlgorithms::default(),
        limits: within(Duration::from_secs(60)),
    };
    assert_eq!(connection.check_access().unwrap_err(), SshError::NotRsa { kind: "ssh-ed25519".into() });
}

#[test]
fn host_key_algorithms_are_those_asked_for() {
    let bed = Bed::azure();
    let fleet = bed.fleet();
    let mut connection = bed.connection(&fleet, bed.admitted(rsa(), KeyStanding::Reader));
    connection.host_key_algorithms = HostKeyAlgorithms::parse(&["rsa-sha2-256".into()]).unwrap();
    connection.check_access().unwrap();
    connection.host_key_algorithms = HostKeyAlgorithms::parse(&["ssh-ed25519".into()]).unwrap();
    let error = connection.check_access().unwrap_err();
    let expected = SshError::NoCommonAlgorithm {
        host: bed.host(),
        kind: "host key algorithm",
        ours: vec!["ssh-ed25519".into()],
        theirs: vec!["rsa-sha2-512".into(), "rsa-sha2-256".into()],
    };
    assert_eq!(error, expected);
}

fn public(file: &Path) -> String {
    fs_err::read_to_string(file.with_extension("pub")).unwrap()
}

#[test]
fn a_locked_key_opens_with_its_passphrase() {
    let bed = Bed::azure();
    let fleet = bed.fleet();
    let file = new_key(&bed.env.path(""), "locked", "rsa", "secret-pass");
    let key = DeployKey::load(&file, Some(&Secret::from("secret-pass"))).unwrap();
    let connection = bed.connection(&fleet, bed.admitted(key, KeyStanding::Contributor));
    connection.check_access().unwrap();
}

#[test]
fn a_host_that_is_down_or_not_found() {
    let bed = Bed::plain();
    let fleet = bed.fleet();
    let mut connection = bed.connection(&fleet, rsa());
    connection.url.port = Some(crate::support::free_port());
    let error = connection.check_access().unwrap_err();
    assert!(matches!(&error, SshError::Unreachable { reason, .. } if reason.contains("refused")), "{error}");
    connection.url.host = "no-such-host.invalid".into();
    let error = connection.check_access().unwrap_err();
    assert!(matches!(&error, SshError::Dns { host, .. } if host == "no-such-host.invalid"), "{error}");
    assert!(error.is_transient());
}

#[test]
fn a_server_that_says_nothing_holds_nobody_beyond_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let started = Instant::now();
    let scan = |limits: &Limits| {
        scan_host_key("127.0.0.1", port, &Arc::default(), &HostKeyAlgorithms::default(), limits).unwrap_err()
    };
    let error = scan(&within(Duration::from_millis(300)));
    let doing = "reading the host key of";
    assert_eq!(error, SshError::Timeout { host: format!("[127.0.0.1]:{port}"), doing });

    let limits = within(Duration::from_secs(60));
    let error = std::thread::scope(|scope| {
        let interruption = scope.spawn(|| {
            // The second connection has arrived: now there is something to interrupt.
            let connections = [silent.accept().unwrap(), silent.accept().unwrap()];
            limits.cancel();
            connections
        });
        let error = scan(&limits);
        drop(interruption.join());
        error
    });
    assert_eq!(error, SshError::Cancelled);
    assert!(started.elapsed() < crate::support::SOON);
}

#[test]
fn what_is_not_an_ssh_server_is_said_so() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = other.accept().unwrap();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        let limits = within(Duration::from_secs(30));
        scan_host_key("127.0.0.1", port, &Arc::default(), &HostKeyAlgorithms::default(), &limits).unwrap_err()
    });
    assert!(matches!(&error, SshError::Broken { .. }), "{error}");
}
