//! What is needed to reach a repository: its address, the identity, extra trust, the way there, limits.

use std::fmt;
use std::sync::Arc;

use crate::domain::git_host::GitHost;
use crate::domain::git_url::GitUrl;
use crate::domain::limits::Limits;
use crate::git::host_key::HostKeySources;
use crate::git::transport::ssh::{HostKeyAlgorithms, SshIdentity};
use crate::http::{CredentialProvider, HttpCredential, Proxies, TlsSessions};

/// The identity shown to the server, with the first request already.
#[derive(Clone, Debug)]
pub enum Auth {
    /// For `http` and `https`: asked for before each request.
    Http(Arc<dyn CredentialProvider>),
    /// A key or an agent, for addresses with the scheme `ssh`.
    Ssh(SshAuth),
}

impl Auth {
    /// The same identity for every request.
    pub fn unchanging(credential: HttpCredential) -> Self {
        Self::Http(Arc::new(credential))
    }
}

/// The identity for SSH, and the host keys to trust.
#[derive(Clone, Debug)]
pub struct SshAuth {
    /// The service that the repository is at.
    pub host: GitHost,
    /// The user where the URL names none.
    pub username: String,
    /// The key, or the agent that holds keys.
    pub identity: SshIdentity,
    /// Which host keys are trusted.
    pub host_keys: Arc<HostKeySources>,
    /// The host key algorithms to ask for.
    pub host_key_algorithms: HostKeyAlgorithms,
}

/// How to reach one repository.
#[derive(Clone)]
pub struct Connection {
    /// Where the repository is; may name a user.
    pub url: GitUrl,
    /// What is shown to the server.
    pub auth: Auth,
    /// Certificates in PEM that are trusted in addition to the system's.
    pub ca: Option<Vec<u8>>,
    /// The TLS sessions that all connections of a run share.
    pub tls: TlsSessions,
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` as the environment has them.
    pub proxies: Proxies,
    /// When every operation gives up; an interruption ends it at once.
    pub limits: Limits,
    /// How many bytes may be received, and kept on the disk.
    pub max_download: u64,
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.redacted();
        formatter.debug_struct("Connection").field("url", &url).field("auth", &self.auth).finish_non_exhaustive()
    }
}
