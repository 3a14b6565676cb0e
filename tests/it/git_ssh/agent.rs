//! Keys from a real ssh-agent.

use std::path::{Path, PathBuf};
use std::time::Duration;

use flux_bootstrap::git::transport::ssh::{SshError, SshIdentity};
use flux_bootstrap::ssh_key::DeployKey;

use super::{Bed, named, public, rsa};
use crate::support::{KeyStanding, TestEnv, new_key};

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
