//! The source secret: what it must hold, and whether the one in the cluster already does. Pure.

use crate::cluster::{SecretChange, SecretWrite, StoredSecret};
use crate::config::{BootstrapConfig, KeyKind, Secret};
use crate::git::url::{GitUrl, Scheme};
use crate::manifests::source_secret::{Method, OWNED_KEYS, SourceCredential};
use crate::preflight::Credentials;
use crate::ssh_key::DeployKey;

use super::plan::SecretKeys;

/// What shall happen to the source secret.
#[derive(Clone, Debug)]
pub enum SecretIntent {
    /// The repository is synced without one.
    NotNeeded,
    /// It holds what the sync URL needs, and nothing else was given.
    Keep,
    /// Write this.
    Write(SourceCredential),
    /// Make a key pair first.
    GenerateKey(KeyKind),
}

/// Decides. `known_hosts` is the line for the sync URL's host, where it is reached over SSH.
pub fn intent(
    config: &BootstrapConfig,
    credentials: &Credentials,
    sync_url: &GitUrl,
    existing: Option<&StoredSecret>,
    known_hosts: Option<&str>,
) -> SecretIntent {
    let served = |method: Method| existing.is_some_and(|secret| method.is_served_by(&secret.keys));
    if sync_url.scheme == Scheme::Ssh {
        return match (&credentials.private_key, known_hosts) {
            (Some(key), Some(known_hosts)) => SecretIntent::Write(ssh_credential(key, known_hosts)),
            _ if served(Method::Ssh) => SecretIntent::Keep,
            _ => SecretIntent::GenerateKey(config.credentials.ssh_key.kind(super::source::is_azure_devops(sync_url))),
        };
    }
    let method = if config.credentials.bearer { Method::Bearer } else { Method::Basic };
    match &credentials.token {
        Some(token) if config.credentials.bearer => {
            SecretIntent::Write(SourceCredential::Bearer { token: token.clone() })
        }
        Some(token) => SecretIntent::Write(SourceCredential::Basic {
            username: config.credentials.username.clone(),
            password: token.clone(),
        }),
        None if served(method) => SecretIntent::Keep,
        None => SecretIntent::NotNeeded,
    }
}

/// Whether a key pair would have to be made, which needs the server's host key.
pub fn needs_host_key(credentials: &Credentials, sync_url: &GitUrl, existing: Option<&StoredSecret>) -> bool {
    sync_url.scheme == Scheme::Ssh
        && (credentials.private_key.is_some() || !existing.is_some_and(|secret| Method::Ssh.is_served_by(&secret.keys)))
}

/// What the cluster gets for a key.
pub fn ssh_credential(key: &DeployKey, known_hosts: &str) -> SourceCredential {
    SourceCredential::Ssh {
        identity: key.identity().clone(),
        public_key: key.public_line(),
        known_hosts: format!("{known_hosts}\n"),
        passphrase: key.passphrase().cloned(),
    }
}

/// The write that gives the cluster a credential.
pub fn write(namespace: &str, name: &str, credential: &SourceCredential, ca: Option<&[u8]>) -> SecretWrite {
    SecretWrite {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        kind: "Opaque".to_owned(),
        keys: credential.content(ca),
        owned: OWNED_KEYS.iter().map(|key| (*key).to_owned()).collect(),
    }
}

/// What a write does to the keys, for the plan.
pub fn keys(stored: Option<&StoredSecret>, change: &SecretChange) -> SecretKeys {
    let touched = |key: &String| change.changed.contains(key) || change.removed.contains(key);
    SecretKeys {
        added: change.added.clone(),
        changed: change.changed.clone(),
        removed: change.removed.clone(),
        kept: stored.into_iter().flat_map(|secret| secret.keys.keys()).filter(|key| !touched(key)).cloned().collect(),
    }
}

/// When a JWT dies, as seconds since 1970; none for tokens of other forms.
pub fn token_expiry(token: &Secret<String>) -> Option<i64> {
    use base64::Engine as _;
    let mut parts = token.expose().split('.');
    let (head, payload, _signature, end) = (parts.next()?, parts.next()?, parts.next()?, parts.next());
    if !head.starts_with("eyJ") || end.is_some() {
        return None;
    }
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice::<serde_json::Value>(&bytes).ok()?["exp"].as_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_jwts_tell_when_they_die() {
        use base64::Engine as _;
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(br#"{"exp":1790000000}"#);
        assert_eq!(token_expiry(&Secret::new(format!("eyJhbGciOiJub25lIn0.{payload}.sig"))), Some(1_790_000_000));
        for other in ["pat", "a.b.c", "eyJ.x", ""] {
            assert_eq!(token_expiry(&Secret::from(other)), None, "{other}");
        }
    }
}
