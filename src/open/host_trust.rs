//! Whether the key of an SSH server is to be trusted, and who vouches for it.

use std::sync::Arc;

use super::session::Session;
use super::threads::on_a_thread;
use crate::domain::error::Error;
use crate::domain::git_url::GitUrl;
use crate::domain::limits::Limits;
use crate::git::host_key::{HostKey, HostKeySources, HostKeyVerdict};
use crate::git::known_hosts::host_name;
use crate::git::transport::ssh::{HostKeyAlgorithms, SshError, scan_host_key};

/// The line of known_hosts for the cluster, or why there is none yet.
#[derive(Clone, Debug)]
pub(crate) enum ServerKey {
    /// This line, for the host as the URL names it.
    Trusted(String),
    /// Nothing vouches for this key; someone must.
    Unknown(HostKey),
    /// The host cannot be reached from here, but its key is on record, so that will do.
    Unreachable {
        /// The lines of the keys on record.
        line: String,
        /// Where they are recorded.
        place: String,
        /// Why it cannot be reached, for a warning.
        error: SshError,
    },
}

/// Asks the SSH server of a URL for its key.
///
/// # Errors
/// A key that is not the one on record, or a server that cannot be reached and whose key nobody knows.
pub(crate) async fn server_key(session: &Session<'_>, url: &GitUrl) -> Result<ServerKey, Error> {
    let limits = session.limits.clone();
    let (asked, sources) = (url.clone(), Arc::new(session.host_keys()));
    let algorithms = session.credentials.host_key_algorithms.clone();
    on_a_thread(move || scan(&asked, &sources, &algorithms, &limits)).await
}

/// The question whether to trust a key.
pub(crate) fn question(url: &GitUrl, key: &HostKey) -> String {
    let name = host_name(&url.host, url.port_or_default());
    format!("The host key of `{name}` is unknown: {} {}. Trust it?", key.kind(), key.fingerprint())
}

/// What stands when nobody vouches for a key.
pub(crate) fn unknown(url: &GitUrl, key: &HostKey) -> Error {
    SshError::HostKeyUnknown { host: host_name(&url.host, url.port_or_default()), key: key.clone() }.into()
}

fn scan(
    url: &GitUrl,
    sources: &Arc<HostKeySources>,
    algorithms: &HostKeyAlgorithms,
    limits: &Limits,
) -> Result<ServerKey, Error> {
    let (host, port) = (url.host.as_str(), url.port_or_default());
    match scan_host_key(host, port, sources, algorithms, limits) {
        Ok(scanned) => match scanned.verdict {
            HostKeyVerdict::Trusted(_) => Ok(ServerKey::Trusted(scanned.key.known_hosts_line(host, port))),
            HostKeyVerdict::Unknown => Ok(ServerKey::Unknown(scanned.key)),
            HostKeyVerdict::Changed { expected } => {
                let (host, presented) = (host_name(host, port), scanned.key);
                Err(SshError::HostKeyChanged { host, presented, expected }.into())
            }
            HostKeyVerdict::Revoked { place } => {
                Err(SshError::HostKeyRevoked { host: host_name(host, port), key: scanned.key, place }.into())
            }
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
