//! The source secret: what it must hold, and whether the one in the cluster already does. Pure.

use crate::cluster::{SecretChange, SecretWrite, StoredSecret};
use crate::domain::config::{BootstrapConfig, KeyKind, Secret};
use crate::domain::git_url::{GitUrl, Scheme};
use crate::git::known_hosts::{KnownHosts, Role};
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
            (Some(key), Some(known_hosts)) => {
                let stored = existing.and_then(|secret| same_key_stored(key, secret));
                SecretIntent::Write(ssh_credential(stored.as_ref().unwrap_or(key), known_hosts))
            }
            _ if existing.is_some_and(|secret| serves_ssh(secret, sync_url)) => SecretIntent::Keep,
            (None, Some(known_hosts)) if let Some(kept) = existing.and_then(|it| with_known_hosts(it, known_hosts)) => {
                SecretIntent::Write(kept)
            }
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

/// Whether the secret would have to be written, which needs the server's host key.
pub fn needs_host_key(credentials: &Credentials, sync_url: &GitUrl, existing: Option<&StoredSecret>) -> bool {
    sync_url.scheme == Scheme::Ssh
        && (credentials.private_key.is_some() || !existing.is_some_and(|secret| serves_ssh(secret, sync_url)))
}

/// Whether a secret holds a key, and says what the server of this URL presents.
fn serves_ssh(secret: &StoredSecret, sync_url: &GitUrl) -> bool {
    let known_hosts = secret.keys.get("known_hosts").map(|text| String::from_utf8_lossy(text.expose()).into_owned());
    Method::Ssh.is_served_by(&secret.keys)
        && KnownHosts::parse(&known_hosts.unwrap_or_default(), "the source secret")
            .entries_for(&sync_url.host, sync_url.port_or_default())
            .any(|entry| entry.role != Role::Revoked)
}

/// The key of a secret that knows another server only.
fn with_known_hosts(secret: &StoredSecret, known_hosts: &str) -> Option<SourceCredential> {
    let text = |key: &str| String::from_utf8(secret.keys.get(key)?.expose().clone()).ok().filter(|it| !it.is_empty());
    let passphrase = text("password").map(Secret::new);
    let key = DeployKey::parse(&text("identity")?, "the source secret", passphrase.as_ref()).ok()?;
    (!key.is_re_encoded()).then(|| ssh_credential(&key, known_hosts))
}

/// The key as an earlier run encoded it. Encoding it again would give another text, and every run would change the secret.
fn same_key_stored(key: &DeployKey, existing: &StoredSecret) -> Option<DeployKey> {
    let text = existing.keys.get("identity").filter(|_| key.is_re_encoded())?;
    let text = std::str::from_utf8(text.expose()).ok()?;
    let stored = DeployKey::parse(text, "the source secret", key.passphrase()).ok()?;
    let same = stored.public_line() == key.public_line() && stored.passphrase() == key.passphrase();
    (same && !stored.is_re_encoded()).then_some(stored)
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

/// What the write of a key that is still to be made will do to the keys. It has no passphrase.
pub fn keys_for_new_key(stored: Option<&StoredSecret>) -> SecretKeys {
    let stored: Vec<String> = stored.into_iter().flat_map(|secret| secret.keys.keys().cloned()).collect();
    let written = ["identity", "identity.pub", "known_hosts"].map(str::to_owned);
    let (changed, added) = written.iter().cloned().partition(|key| stored.contains(key));
    let others = stored.into_iter().filter(|key| !written.contains(key));
    let (removed, kept) = others.partition(|key| OWNED_KEYS.contains(&key.as_str()));
    SecretKeys { added, changed, removed, kept }
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
    fn a_key_to_be_made_is_planned_as_it_will_be_written() {
        let stored = |keys: &[&str]| {
            let keys = keys.iter().map(|key| ((*key).to_owned(), Secret::new(b"old".to_vec()))).collect();
            StoredSecret { kind: "Opaque".to_owned(), immutable: false, keys }
        };
        let credential = ssh_credential(&DeployKey::generate(KeyKind::Ed25519).unwrap(), "host ssh-ed25519 AAAA");
        let write = write("flux-system", "flux-system", &credential, None);
        for found in [
            None,
            Some(stored(&["ca.crt", "mine", "password", "username"])),
            Some(stored(&["bearerToken"])),
            Some(stored(&["identity", "identity.pub", "known_hosts", "password"])),
        ] {
            let written = keys(found.as_ref(), &SecretChange::between(found.as_ref(), &write));
            assert_eq!(keys_for_new_key(found.as_ref()), written, "{found:?}");
        }
        let planned = keys_for_new_key(Some(&stored(&["ca.crt", "password", "username"])));
        assert_eq!(
            (planned.removed, planned.kept),
            (vec!["password".into(), "username".into()], vec!["ca.crt".into()])
        );
    }

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
