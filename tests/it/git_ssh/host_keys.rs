//! Which host keys are trusted, against real servers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flux_bootstrap::for_tests::{
    Environment, HostKeyAlgorithms, HostKeySources, HostKeyVerdict, KeyKind, KnownHosts, SshError, TrustedBy,
    scan_host_key,
};

use super::{Bed, key, public, within};
use crate::support::{KeyStanding, TestEnv, new_key};

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

/// An sshd whose ed25519 host key is certified by an authority; nobody can log in.
struct CertifiedServer {
    process: std::process::Child,
    port: u16,
    authority: String,
    host_key: String,
}

impl CertifiedServer {
    fn start(folder: &Path, principal: &str, validity: &str) -> Self {
        let authority = new_key(folder, "authority", "ed25519", "");
        let host_key = new_key(folder, "host", "ed25519", "");
        let port = crate::support::free_port();
        let signed = std::process::Command::new("ssh-keygen")
            .args(["-q", "-h", "-s", authority.to_str().unwrap(), "-I", "host", "-n", principal, "-V", validity])
            .arg(host_key.with_extension("pub"))
            .status();
        assert!(signed.unwrap().success());
        let config = folder.join("sshd_config");
        let text = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {key}\nHostCertificate {key}-cert.pub\nPidFile none\nUsePAM no\n",
            key = host_key.display()
        );
        fs_err::write(&config, text).unwrap();
        let script = "mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f \"$1\"";
        let process = std::process::Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"])
            .arg(&config)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let two_words = |file: &Path| public(file).split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        let server = Self { process, port, authority: two_words(&authority), host_key: two_words(&host_key) };
        crate::support::wait_for("sshd", Duration::from_secs(20), || {
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        server
    }

    fn verdict(&self, known_hosts: &str) -> HostKeyVerdict {
        let environment = Environment::of_variables([]);
        let sources = HostKeySources::load(None, &environment).unwrap();
        let sources = Arc::new(sources.with_given(KnownHosts::parse(known_hosts, "known")));
        let limits = within(Duration::from_secs(60));
        let algorithms = HostKeyAlgorithms::default();
        let scanned = scan_host_key("127.0.0.1", self.port, &sources, &algorithms, &limits).unwrap();
        let line = format!("[127.0.0.1]:{} {}", self.port, self.host_key);
        assert_eq!(
            scanned.key.known_hosts_line("127.0.0.1", self.port),
            line,
            "the host's own key is what is recorded"
        );
        scanned.verdict
    }
}

impl Drop for CertifiedServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn an_authority_s_certificate_is_trusted_while_it_is_valid_for_the_host() {
    let env = TestEnv::new();
    let server = CertifiedServer::start(&env.path(""), "127.0.0.1,git.example.com", "-1d:+1d");
    let authority = format!("@cert-authority * {}", server.authority);
    let expected = HostKeyVerdict::Trusted(TrustedBy::CertAuthority { origin: "known".into(), line: 1 });
    assert_eq!(server.verdict(&authority), expected);
    assert_eq!(server.verdict(&format!("@cert-authority * {}", server.host_key)), HostKeyVerdict::Unknown);
    let revoked = server.verdict(&format!("{authority}\n@revoked * {}", server.authority));
    assert!(matches!(revoked, HostKeyVerdict::Revoked { .. }), "{revoked:?}");

    for (name, principal, validity) in [("other", "git.example.com", "-1d:+1d"), ("past", "127.0.0.1", "-2d:-1d")] {
        let folder = env.path(name);
        fs_err::create_dir_all(&folder).unwrap();
        let server = CertifiedServer::start(&folder, principal, validity);
        let verdict = server.verdict(&format!("@cert-authority * {}", server.authority));
        assert_eq!(verdict, HostKeyVerdict::Unknown, "{name}");
    }
}
