//! The keys an SSH agent holds, in the order in which to offer them.

use std::path::Path;

use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::{AgentClient, AgentStream};
use ssh_key::{Algorithm, HashAlg};

use super::SshError;
use super::connect::Session;
use crate::domain::git_host::GitHost;

/// An agent, whatever it is reached by.
pub(super) type Agent = AgentClient<Box<dyn AgentStream + Send + Unpin>>;

/// A key that an agent holds.
#[derive(Clone, Debug)]
pub(super) struct AgentKey {
    pub(super) identity: AgentIdentity,
}

impl AgentKey {
    pub(super) fn algorithm(&self) -> Algorithm {
        match &self.identity {
            AgentIdentity::PublicKey { key, .. } => key.algorithm(),
            AgentIdentity::Certificate { certificate, .. } => certificate.algorithm(),
        }
    }

    pub(super) fn fingerprint(&self) -> String {
        match &self.identity {
            AgentIdentity::PublicKey { key, .. } => key.fingerprint(HashAlg::Sha256),
            AgentIdentity::Certificate { certificate, .. } => certificate.public_key().fingerprint(HashAlg::Sha256),
        }
        .to_string()
    }

    const fn is_certificate(&self) -> bool {
        matches!(self.identity, AgentIdentity::Certificate { .. })
    }
}

/// Asks the agent for its keys and puts them in order. For Azure DevOps only RSA keys are worth an attempt; those that
/// were rejected before are left out.
pub(super) async fn keys(
    socket: Option<&Path>,
    session: &Session,
    host: &GitHost,
    rejected: &[String],
) -> Result<(Agent, Vec<AgentKey>), SshError> {
    let mut agent = connect(socket).await?;
    if let Some(binding) = session.agent_session_binding() {
        // Agents that do not know the extension refuse it, and hold no keys that need it.
        let _ = agent.bind_session(binding, false).await;
    }
    let unusable = |error: russh::keys::Error| SshError::AgentAbsent { reason: format!("it does not answer: {error}") };
    let identities = agent.request_identities().await.map_err(unusable)?;
    let held: Vec<AgentKey> = identities.into_iter().map(|identity| AgentKey { identity }).collect();
    if held.is_empty() {
        return Err(SshError::AgentEmpty);
    }
    let usable = order(held, host)?;
    Ok((agent, usable.into_iter().filter(|key| !rejected.contains(&key.fingerprint())).collect()))
}

/// RSA first for Azure DevOps, and nothing else; elsewhere the agent's own order, which its user chose.
fn order(held: Vec<AgentKey>, host: &GitHost) -> Result<Vec<AgentKey>, SshError> {
    if !host.takes_rsa_keys_alone() {
        return Ok(held);
    }
    let mut found: Vec<String> = held.iter().map(|key| key.algorithm().to_string()).collect();
    let usable: Vec<AgentKey> =
        held.into_iter().filter(|key| key.algorithm().is_rsa() && !key.is_certificate()).collect();
    if usable.is_empty() {
        found.dedup();
        return Err(SshError::AgentWithoutRsa { found });
    }
    Ok(usable)
}

#[cfg(unix)]
async fn connect(socket: Option<&Path>) -> Result<Agent, SshError> {
    let socket = socket.ok_or_else(not_set)?;
    AgentClient::connect_uds(socket).await.map(AgentClient::dynamic).map_err(|error| absent(socket, &error))
}

#[cfg(windows)]
async fn connect(socket: Option<&Path>) -> Result<Agent, SshError> {
    let pipe = socket.unwrap_or(Path::new(r"\\.\pipe\openssh-ssh-agent"));
    AgentClient::connect_named_pipe(pipe).await.map(AgentClient::dynamic).map_err(|error| absent(pipe, &error))
}

#[cfg(unix)]
fn not_set() -> SshError {
    SshError::AgentAbsent { reason: "`SSH_AUTH_SOCK` is not set".to_owned() }
}

fn absent(socket: &Path, error: &russh::keys::Error) -> SshError {
    SshError::AgentAbsent { reason: format!("cannot connect to `{}`: {error}", socket.display()) }
}
