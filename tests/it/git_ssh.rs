//! Git over SSH against real OpenSSH servers: one restricted as Azure DevOps' is, one ordinary.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use flux_bootstrap::config::{EcdsaCurve, KeyKind, Secret};
use flux_bootstrap::environment::Environment;
use flux_bootstrap::git::host_key::{HostKeySources, HostKeyVerdict, TrustedBy};
use flux_bootstrap::git::known_hosts::KnownHosts;
use flux_bootstrap::git::transport::ssh::{
    GitService, HostKeyAlgorithms, ScannedHostKey, SshConnection, SshError, SshIdentity, SshLimits, scan_host_key,
};
use flux_bootstrap::ssh_key::DeployKey;

use crate::support::{AzureDevOps, KeyStanding, Repository, SshServer, TestEnv, new_key};

/// What one scenario needs.
struct Bed {
    azure: AzureDevOps,
    ssh: SshServer,
    env: TestEnv,
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

fn within(time: Duration) -> SshLimits {
    SshLimits { deadline: Some(Instant::now() + time), cancelled: Arc::default() }
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

#[test]
fn a_large_repository_comes_whole() {
    let bed = Bed::plain();
    let noise: Vec<u8> =
        (0_u32..1_500_000).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let text: String = noise.iter().map(|byte| format!("{byte:02x}")).collect();
    let fleet = bed.azure.repository("acme", "platform", "large").seed(&[("noise", &text)]);
    let connection = bed.connection(&fleet, bed.admitted(rsa(), KeyStanding::Contributor));
    let mut channel = connection.open(GitService::UploadPack).unwrap();
    let mut first = [0; 44];
    channel.read_exact(&mut first).unwrap();
    let tip = std::str::from_utf8(&first[4..]).unwrap().to_owned();
    channel.write_all(format!("0032want {tip}\n00000009done\n").as_bytes()).unwrap();
    let mut everything = Vec::new();
    channel.read_to_end(&mut everything).unwrap();
    assert!(everything.len() > 3_000_000, "{} bytes", everything.len());
    let pack = everything.windows(8).position(|window| window == b"PACK\0\0\0\x02").unwrap();
    assert!(everything[..pack].ends_with(b"0008NAK\n"));
}

#[test]
fn host_keys_unknown_changed_and_revoked_stop_the_connection() {
    let bed = Bed::plain();
    let fleet = bed.fleet();
    let mut connection = bed.connection(&fleet, bed.admitted(key(KeyKind::Ed25519), KeyStanding::Reader));
    let other = key(KeyKind::Ed25519).public_line();
    let presented = bed.scan(&bed.trusting("")).unwrap().key;

    connection.host_keys = bed.trusting("");
    let error = connection.check_access().unwrap_err();
    assert_eq!(error, SshError::HostKeyUnknown { host: bed.host(), key: presented.clone() });
    assert!(error.to_string().contains(&format!("ssh-ed25519 {}", presented.fingerprint())), "{error}");

    connection.host_keys = bed.trusting(&format!("{} {other}", bed.host()));
    let error = connection.check_access().unwrap_err();
    assert!(
        matches!(&error, SshError::HostKeyChanged { expected, .. } if expected[0].place == "known line 1"),
        "{error}"
    );

    let line = bed.ssh.known_hosts_line("127.0.0.1");
    connection.host_keys = bed.trusting(&format!("{line}@revoked {line}"));
    let error = connection.check_access().unwrap_err();
    assert!(matches!(&error, SshError::HostKeyRevoked { place, .. } if place == "known line 2"), "{error}");
    assert_eq!(bed.ssh.sessions(), [], "nobody logged in");
}

#[test]
fn a_scanned_key_is_the_line_to_record() {
    for bed in [Bed::azure(), Bed::plain()] {
        let scanned = bed.scan(&bed.trusting("")).unwrap();
        assert_eq!(scanned.verdict, HostKeyVerdict::Unknown);
        let line = scanned.key.known_hosts_line("127.0.0.1", bed.ssh.port());
        assert_eq!(format!("{line}\n"), bed.ssh.known_hosts_line("127.0.0.1"));
        let trusted = bed.scan(&bed.trusting(&line)).unwrap().verdict;
        assert_eq!(trusted, HostKeyVerdict::Trusted(TrustedBy::KnownHosts { origin: "known".into(), line: 1 }));
        let mut accepted = HostKeySources::default();
        accepted.accept("127.0.0.1", bed.ssh.port(), scanned.key);
        assert_eq!(bed.scan(&Arc::new(accepted)).unwrap().verdict, HostKeyVerdict::Trusted(TrustedBy::Accepted));
    }
}

#[test]
fn known_hosts_files_hashed_by_openssh_are_understood() {
    let bed = Bed::plain();
    let file = bed.env.write("home/.ssh/known_hosts", bed.ssh.known_hosts_line("127.0.0.1"));
    let hashed = std::process::Command::new("ssh-keygen").args(["-q", "-H", "-f"]).arg(&file).output().unwrap();
    assert!(hashed.status.success() && fs_err::read_to_string(&file).unwrap().starts_with("|1|"));
    let home = bed.env.path("home");
    let environment = Environment::of_variables([("HOME", home.to_str().unwrap())]);
    let sources = Arc::new(HostKeySources::load(None, &environment).unwrap());
    assert!(matches!(
        bed.scan(&sources).unwrap().verdict,
        HostKeyVerdict::Trusted(TrustedBy::KnownHosts { line: 1, .. })
    ));
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

/// A real ssh-agent; it dies with this value.
struct Agent {
    socket: PathBuf,
    process: std::process::Child,
}

impl Agent {
    fn start(env: &TestEnv) -> Self {
        let socket = env.path("agent");
        let process = std::process::Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        crate::support::wait_for("ssh-agent", Duration::from_secs(10), || socket.exists().then_some(()));
        Self { socket, process }
    }

    fn add(&self, file: &Path) {
        let added =
            std::process::Command::new("ssh-add").arg("-q").arg(file).env("SSH_AUTH_SOCK", &self.socket).status();
        assert!(added.unwrap().success());
    }

    fn identity(&self) -> SshIdentity {
        SshIdentity::Agent(Some(self.socket.clone()))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn public(file: &Path) -> String {
    fs_err::read_to_string(file.with_extension("pub")).unwrap()
}

#[test]
fn an_agent_with_several_keys_is_asked_until_one_fits() {
    let bed = Bed::azure();
    let fleet = bed.fleet();
    let agent = Agent::start(&bed.env);
    let mut connection = bed.connection(&fleet, rsa());
    connection.identity = agent.identity();
    assert_eq!(connection.check_access().unwrap_err(), SshError::AgentEmpty);

    let [ed25519, stranger, friend] =
        [("a", "ed25519"), ("b", "rsa"), ("c", "rsa")].map(|(name, kind)| new_key(&bed.env.path(""), name, kind, ""));
    agent.add(&ed25519);
    agent.add(&stranger);
    let error = connection.check_access().unwrap_err();
    let tried = named(&DeployKey::load(&stranger, None).unwrap());
    assert!(matches!(&error, SshError::KeyRejected { tried: found, .. } if *found == [tried.clone()]), "{error}");

    agent.add(&friend);
    bed.ssh.admit(&public(&friend), KeyStanding::Contributor);
    connection.check_access().unwrap();
    let used = bed.ssh.sessions().last().unwrap().key.clone();
    assert!(public(&friend).starts_with(&used), "the stranger's key is let in first, so a second connection is needed");
}

#[test]
fn an_agent_at_a_plain_server() {
    let bed = Bed::plain();
    let fleet = bed.fleet();
    let agent = Agent::start(&bed.env);
    let mut connection = bed.connection(&fleet, rsa());
    connection.identity = agent.identity();
    let files =
        [("a", "ed25519"), ("b", "ecdsa"), ("c", "rsa")].map(|(name, kind)| new_key(&bed.env.path(""), name, kind, ""));
    files.iter().for_each(|file| agent.add(file));
    let error = connection.check_access().unwrap_err();
    assert!(matches!(&error, SshError::NotAccepted { tried, .. } if tried.len() == 3), "{error}");
    bed.ssh.admit(&public(&files[2]), KeyStanding::Reader);
    connection.check_access().unwrap();
}

#[test]
fn an_agent_that_is_not_there_is_said_so() {
    let bed = Bed::plain();
    let fleet = bed.fleet();
    let mut connection = bed.connection(&fleet, rsa());
    connection.identity = SshIdentity::Agent(None);
    let error = connection.check_access().unwrap_err();
    assert_eq!(error.to_string(), "no SSH agent: `SSH_AUTH_SOCK` is not set");
    connection.identity = SshIdentity::Agent(Some(bed.env.path("no-agent")));
    let error = connection.check_access().unwrap_err();
    assert!(error.to_string().starts_with("no SSH agent: cannot connect to `"), "{error}");
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
    let scan = |limits: &SshLimits| {
        scan_host_key("127.0.0.1", port, &Arc::default(), &HostKeyAlgorithms::default(), limits).unwrap_err()
    };
    let error = scan(&within(Duration::from_millis(300)));
    let doing = "reading the host key of";
    assert_eq!(error, SshError::Timeout { host: format!("[127.0.0.1]:{port}"), doing });

    let cancelled = Arc::new(AtomicBool::new(false));
    let limits = SshLimits { deadline: None, cancelled: Arc::clone(&cancelled) };
    let error = std::thread::scope(|scope| {
        let interruption = scope.spawn(|| {
            // The second connection has arrived: now there is something to interrupt.
            let connections = [silent.accept().unwrap(), silent.accept().unwrap()];
            cancelled.store(true, Ordering::Relaxed);
            connections
        });
        let error = scan(&limits);
        drop(interruption.join());
        error
    });
    assert_eq!(error, SshError::Cancelled);
    assert!(started.elapsed() < Duration::from_secs(10));
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
