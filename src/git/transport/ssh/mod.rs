//! Git over SSH: one connection per git command, blocking for the caller, with a deadline that holds.
//!
//! The session runs on a tokio runtime of its own that only turns while the caller waits for it. Therefore nothing here
//! may be called from within another runtime's task; `spawn_blocking` is the place.

mod agent;
pub mod algorithms;
mod channel;
mod connect;
pub mod error;
mod login;
pub(super) mod words;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub use algorithms::{AlgorithmNameError, HostKeyAlgorithms};
pub use channel::SshChannel;
pub use error::SshError;

use crate::domain::azure_devops::AzureRepo;
use crate::domain::git_url::GitUrl;
use crate::git::host_key::{HostKey, HostKeySources};
use crate::ssh_key::DeployKey;

/// How often the flag that cancels a run is looked at.
const CANCELLATION_CHECK: Duration = Duration::from_millis(50);

/// Everything needed to run a git command on an SSH server.
#[derive(Clone, Debug)]
pub struct SshConnection {
    /// The repository.
    pub url: GitUrl,
    /// The user where the URL names none: `--username`, which is `git` unless given.
    pub username: String,
    /// Who we are.
    pub identity: SshIdentity,
    /// Which host keys are trusted.
    pub host_keys: Arc<HostKeySources>,
    /// `--ssh-hostkey-algos`
    pub host_key_algorithms: HostKeyAlgorithms,
    /// When to give up.
    pub limits: SshLimits,
}

/// The key, or the agent that holds keys.
#[derive(Clone, Debug)]
pub enum SshIdentity {
    /// This key and no other.
    Key(Arc<DeployKey>),
    /// Whatever keys the agent behind this socket holds (`SSH_AUTH_SOCK`); `None` when the variable is not set.
    Agent(Option<PathBuf>),
}

/// When to give up waiting for the server.
#[derive(Clone, Debug, Default)]
pub struct SshLimits {
    /// The moment after which every operation fails.
    pub deadline: Option<Instant>,
    /// Set from elsewhere to interrupt what is going on.
    pub cancelled: Arc<AtomicBool>,
}

/// The git commands a server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitService {
    /// Fetching.
    UploadPack,
    /// Pushing.
    ReceivePack,
}

impl GitService {
    /// The command's name on the server.
    pub const fn command(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }
}

impl SshConnection {
    /// Connects, proves who both sides are, and starts a git command. Returns when the command has said something, so
    /// that a refusal is this function's error rather than a broken stream.
    ///
    /// # Errors
    /// See [`SshError`].
    pub fn open(&self, service: GitService) -> Result<SshChannel, SshError> {
        channel::open(self, service)
    }

    /// Tests whether the server lets this identity read the repository, as `git ls-remote` would.
    ///
    /// # Errors
    /// See [`SshError`]; a refusal holds the server's own words.
    pub fn check_access(&self) -> Result<(), SshError> {
        let mut channel = self.open(GitService::UploadPack)?;
        channel.hang_up()
    }

    /// The user of this connection.
    pub(crate) fn user(&self) -> &str {
        self.url.user.as_deref().unwrap_or(&self.username)
    }

    /// Whether the server is Azure DevOps, which looks at RSA keys alone.
    pub(crate) fn is_azure(&self) -> bool {
        AzureRepo::of(&self.url).is_some()
    }
}

/// Fetches the key that a server presents, without trusting it and without authenticating.
///
/// `sources` decides which kind of key is asked for first: a server shows only one, and the kind on record is the one to
/// compare.
///
/// # Errors
/// See [`SshError`].
pub fn scan_host_key(
    host: &str,
    port: u16,
    sources: &Arc<HostKeySources>,
    algorithms: &HostKeyAlgorithms,
    limits: &SshLimits,
) -> Result<ScannedHostKey, SshError> {
    connect::scan(host, port, sources, algorithms, limits)
}

/// What a server presented to [`scan_host_key`], and what is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedHostKey {
    /// The key; that of the certificate, where the server presented one.
    pub key: HostKey,
    /// Whether it is trusted, and why.
    pub verdict: crate::git::host_key::HostKeyVerdict,
}

impl SshLimits {
    /// Runs a future until it is done, the deadline passes, or the run is cancelled.
    async fn within<T>(
        &self,
        host: &str,
        doing: &'static str,
        future: impl Future<Output = Result<T, SshError>>,
    ) -> Result<T, SshError> {
        let deadline = async {
            match self.deadline {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        let cancelled = async {
            while !self.cancelled.load(Ordering::Relaxed) {
                tokio::time::sleep(CANCELLATION_CHECK).await;
            }
        };
        tokio::select! {
            biased;
            () = cancelled => Err(SshError::Cancelled),
            result = future => result,
            () = deadline => Err(SshError::Timeout { host: host.to_owned(), doing }),
        }
    }
}
