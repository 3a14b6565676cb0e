//! A real ssh-agent.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{TestEnv, process, wait_for};

/// A running ssh-agent; it dies with this value.
pub(crate) struct SshAgent {
    socket: PathBuf,
    child: Child,
}

impl SshAgent {
    /// An agent without keys, whose socket is in the folder of `env`.
    pub(crate) fn start(env: &TestEnv) -> Self {
        let socket = env.path("agent");
        let mut command = process::command("ssh-agent");
        command.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null());
        let child = process::spawn(command);
        wait_for("ssh-agent", Duration::from_secs(10), || socket.exists().then_some(()));
        Self { socket, child }
    }

    /// Gives it a private key without a passphrase.
    pub(crate) fn add(&self, file: &Path) {
        let added = Command::new("ssh-add").arg("-q").arg(file).env("SSH_AUTH_SOCK", &self.socket).status();
        assert!(added.unwrap().success(), "ssh-add failed");
    }

    /// The value for `SSH_AUTH_SOCK`.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for SshAgent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
