//! Where to, as whom, and whom to trust.

use std::path::PathBuf;
use std::sync::Arc;

use super::algorithms::HostKeyAlgorithms;
use crate::domain::git_host::GitHost;
use crate::domain::git_url::GitUrl;
use crate::domain::limits::Limits;
use crate::git::host_key::HostKeySources;
use crate::ssh_key::DeployKey;

/// Everything needed to run a git command on an SSH server.
#[derive(Clone, Debug)]
pub struct SshConnection {
    /// Where the repository is; its user goes before `username`.
    pub url: GitUrl,
    /// The service that it is at.
    pub host: GitHost,
    /// The user where the URL names none: `--username`, which is `git` unless given.
    pub username: String,
    /// Who we are.
    pub identity: SshIdentity,
    /// Which host keys are trusted.
    pub host_keys: Arc<HostKeySources>,
    /// `--ssh-hostkey-algos`
    pub host_key_algorithms: HostKeyAlgorithms,
    /// When to give up.
    pub limits: Limits,
}

/// The key, or the agent that holds keys.
#[derive(Clone, Debug)]
pub enum SshIdentity {
    /// This key and no other.
    Key(Arc<DeployKey>),
    /// Whatever keys the agent behind this socket holds (`SSH_AUTH_SOCK`); `None` when the variable is not set.
    Agent(Option<PathBuf>),
}

impl SshConnection {
    /// The user of this connection.
    pub(crate) fn user(&self) -> &str {
        self.url.user.as_deref().unwrap_or(&self.username)
    }
}
