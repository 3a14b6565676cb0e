//! The two ways to the repository: the one this run takes, and the one the cluster will take.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::BootstrapConfig;
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::git_url::{GitUrl, Scheme};
use crate::domain::prompter::Prompter;
use crate::git::host_key::{HostKey, HostKeySources, HostKeyVerdict};
use crate::git::transport::ssh::{HostKeyAlgorithms, SshError, SshIdentity, SshLimits, scan_host_key};
use crate::git::{Auth, Connection, SshAuth};
use crate::http::Proxies;
use crate::preflight::Credentials;

/// How this run reaches the repository.
pub fn connection(
    config: &BootstrapConfig,
    credentials: &Credentials,
    host_keys: &HostKeySources,
    environment: &Environment,
    deadline: Instant,
    cancelled: &Arc<AtomicBool>,
) -> Connection {
    let url = config.source.clone_url.clone();
    let auth = match (url.scheme, &credentials.token) {
        (Scheme::Ssh, _) => Auth::Ssh(SshAuth {
            username: config.credentials.username.clone(),
            identity: identity(credentials, environment),
            host_keys: Arc::new(host_keys.clone()),
            host_key_algorithms: credentials.host_key_algorithms.clone(),
        }),
        (_, Some(token)) if config.credentials.bearer => Auth::Bearer(token.clone()),
        (_, Some(token)) => Auth::Basic { username: config.credentials.username.clone(), password: token.clone() },
        (_, None) => Auth::Anonymous,
    };
    Connection {
        url,
        auth,
        ca: credentials.ca.clone(),
        proxies: Proxies::of(environment),
        deadline,
        cancelled: Arc::clone(cancelled),
    }
}

fn identity(credentials: &Credentials, environment: &Environment) -> SshIdentity {
    credentials.private_key.as_ref().map_or_else(
        || SshIdentity::Agent(environment.path_variable("SSH_AUTH_SOCK")),
        |key| SshIdentity::Key(Arc::clone(key)),
    )
}

/// The line of known_hosts for the cluster, or why there is none yet.
#[derive(Debug)]
pub enum ServerKey {
    /// This line, for the host as the sync URL names it.
    Trusted(String),
    /// Nothing vouches for this key; someone must.
    Unknown(HostKey),
    /// The host cannot be reached from here, but its key is on record, so that will do.
    Unreachable {
        /// The lines of the keys on record.
        line: String,
        /// Where they are recorded.
        place: String,
        /// Why.
        error: SshError,
    },
}

/// Asks the SSH server of the sync URL for its key and judges it. Blocks.
///
/// # Errors
/// A key that is not the one on record, or a server that cannot be reached and whose key nobody knows.
pub fn server_key(
    url: &GitUrl,
    sources: &Arc<HostKeySources>,
    algorithms: &HostKeyAlgorithms,
    limits: &SshLimits,
) -> Result<ServerKey, Error> {
    let (host, port) = (url.host.as_str(), url.port_or_default());
    match scan_host_key(host, port, sources, algorithms, limits) {
        Ok(scanned) => match scanned.verdict {
            HostKeyVerdict::Trusted(_) => Ok(ServerKey::Trusted(scanned.key.known_hosts_line(host, port))),
            HostKeyVerdict::Unknown => Ok(ServerKey::Unknown(scanned.key)),
            HostKeyVerdict::Changed { expected } => Err(SshError::HostKeyChanged {
                host: crate::git::known_hosts::host_name(host, port),
                presented: scanned.key,
                expected,
            }
            .into()),
            HostKeyVerdict::Revoked { place } => Err(SshError::HostKeyRevoked {
                host: crate::git::known_hosts::host_name(host, port),
                key: scanned.key,
                place,
            }
            .into()),
        },
        Err(error) if error.is_transient() => {
            let recorded = sources.recorded(host, port);
            let Some(place) = recorded.first().map(|recorded| recorded.place.clone()) else {
                return Err(error.into());
            };
            let lines: Vec<String> = recorded.iter().map(|it| it.key.known_hosts_line(host, port)).collect();
            Ok(ServerKey::Unreachable { line: lines.join("\n"), place, error })
        }
        Err(error) => Err(error.into()),
    }
}

/// Has a person, or `--accept-new-host-key`, vouch for a key.
///
/// # Errors
/// Nobody vouches for it.
pub fn accept_host_key(
    url: &GitUrl,
    key: &HostKey,
    config: &BootstrapConfig,
    sources: &mut HostKeySources,
    prompter: &mut dyn Prompter,
) -> Result<String, Error> {
    let (host, port) = (url.host.as_str(), url.port_or_default());
    let name = crate::git::known_hosts::host_name(host, port);
    let accepted = config.credentials.accept_new_host_key
        || (prompter.can_ask()
            && prompter
                .confirm(&format!(
                    "The host key of `{name}` is unknown: {} {}. Trust it?",
                    key.kind(),
                    key.fingerprint()
                ))
                .unwrap_or(false));
    if !accepted {
        return Err(SshError::HostKeyUnknown { host: name, key: key.clone() }.into());
    }
    sources.accept(host, port, key.clone());
    Ok(key.known_hosts_line(host, port))
}

/// Whether the repository is at Azure DevOps, where other rules for keys hold.
pub fn is_azure_devops(url: &GitUrl) -> bool {
    AzureRepo::of(url).is_some()
}
