//! Proving who we are: with one key, or with those of an agent in turn.

use std::sync::Arc;

use russh::client::AuthResult;
use russh::keys::PrivateKeyWithHashAlg;
use russh::keys::agent::AgentIdentity;
use ssh_key::HashAlg;

use super::agent::{self, Agent, AgentKey};
use super::connect::{Server, Session};
use super::words::ServerWords;
use super::{SshConnection, SshError, SshIdentity};
use crate::ssh_key::DeployKey;

/// Servers cut the connection after some six refused keys.
const MOST_OFFERS: usize = 12;

/// How a login ended well.
pub(super) struct Login {
    /// The accepted key, as kind and fingerprint.
    pub(super) accepted: String,
    /// `SHA256:` and base64, by which the key is not offered again.
    pub(super) fingerprint: String,
    /// How many further keys of the agent could be tried on a new connection.
    pub(super) left: usize,
}

/// Offers keys until the server takes one. `rejected` are fingerprints not to offer again.
pub(super) async fn login(
    connection: &SshConnection,
    server: &Server<'_>,
    session: &mut Session,
    words: &ServerWords,
    rejected: &[String],
) -> Result<Login, SshError> {
    let mut tried = Vec::new();
    match &connection.identity {
        SshIdentity::Key(key) => {
            tried.push(format!("{} {}", key.kind(), key.fingerprint()));
            if with_key(session, connection.user(), key).await.map_err(|error| server.protocol_error(error, words))? {
                return Ok(Login { accepted: tried.remove(0), fingerprint: key.fingerprint(), left: 0 });
            }
        }
        SshIdentity::Agent(socket) => {
            let (mut agent, keys) = agent::keys(socket.as_deref(), session, &connection.host, rejected).await?;
            for (index, key) in keys.iter().enumerate().take(MOST_OFFERS) {
                if session.is_closed() {
                    break;
                }
                let name = format!("{} {}", key.algorithm(), key.fingerprint());
                tried.push(name.clone());
                if with_agent(session, connection.user(), &mut agent, key).await {
                    let left = keys.len() - index - 1;
                    return Ok(Login { accepted: name, fingerprint: key.fingerprint(), left });
                }
            }
        }
    }
    Err(SshError::NotAccepted { host: server.name(), user: connection.user().to_owned(), tried, words: words.lines() })
}

async fn with_key(session: &mut Session, user: &str, key: &DeployKey) -> Result<bool, russh::Error> {
    let mut hash = key.is_rsa().then_some(HashAlg::Sha512);
    loop {
        let signer = PrivateKeyWithHashAlg::new(Arc::clone(key.private_key()), hash);
        if session.authenticate_publickey(user, signer).await? == AuthResult::Success {
            return Ok(true);
        }
        hash = weaker_hash(session, hash).await;
        if hash.is_none() {
            return Ok(false);
        }
    }
}

/// A key that the agent does not sign with (locked, not confirmed) counts as not accepted.
async fn with_agent(session: &mut Session, user: &str, agent: &mut Agent, key: &AgentKey) -> bool {
    let mut hash = key.algorithm().is_rsa().then_some(HashAlg::Sha512);
    loop {
        let result = match &key.identity {
            AgentIdentity::PublicKey { key, .. } => {
                session.authenticate_publickey_with(user, key.clone(), hash, agent).await
            }
            AgentIdentity::Certificate { certificate, .. } => {
                session.authenticate_certificate_with(user, certificate.clone(), hash, agent).await
            }
        };
        if matches!(result, Ok(AuthResult::Success)) {
            return true;
        }
        hash = weaker_hash(session, hash).await;
        if hash.is_none() {
            return false;
        }
    }
}

/// SHA-256, when SHA-512 was tried and the server says that it knows only the former. Never SHA-1.
async fn weaker_hash(session: &Session, tried: Option<HashAlg>) -> Option<HashAlg> {
    if tried != Some(HashAlg::Sha512) || session.is_closed() {
        return None;
    }
    match session.best_supported_rsa_hash().await {
        Ok(Some(Some(HashAlg::Sha256))) => Some(HashAlg::Sha256),
        _ => None,
    }
}
