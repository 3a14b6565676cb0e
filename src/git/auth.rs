//! What is needed to reach a repository: its address, the identity, extra trust, the way there, limits.

use std::fmt;
use std::sync::Arc;

use crate::domain::config::Secret;
use crate::domain::git_url::GitUrl;
use crate::domain::limits::Limits;
use crate::git::host_key::HostKeySources;
use crate::git::transport::ssh::{HostKeyAlgorithms, SshIdentity};
use crate::http::Proxies;

/// The identity shown to the server, sent with the first request.
#[derive(Clone, Debug)]
pub enum Auth {
    /// No credentials are sent.
    Anonymous,
    /// User name and password or token, as HTTP basic authentication.
    Basic {
        /// The user name; Azure DevOps ignores it.
        username: String,
        /// The password or token.
        password: Secret<String>,
    },
    /// A token sent as `Authorization: Bearer`.
    Bearer(Secret<String>),
    /// A key or an agent, for addresses with the scheme `ssh`.
    Ssh(SshAuth),
}

/// The identity for SSH, and the host keys to trust.
#[derive(Clone, Debug)]
pub struct SshAuth {
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
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` as the environment has them.
    pub proxies: Proxies,
    /// When every operation gives up; an interruption ends it at once.
    pub limits: Limits,
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.redacted();
        formatter.debug_struct("Connection").field("url", &url).field("auth", &self.auth).finish_non_exhaustive()
    }
}
