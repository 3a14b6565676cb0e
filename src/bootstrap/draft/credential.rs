//! The source secret: what it must hold, and whether the one in the cluster already does. Pure.

use crate::bootstrap::inquiry::OwnTried;
use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::{BootstrapConfig, ClusterSignIn, KeyKind, OwnCredential, Secret, TokenForm};
use crate::domain::git_url::GitUrl;
use crate::git::known_hosts::{KnownHosts, Role};
use crate::manifests::source_secret::{CA, Method, SourceCredential};
use crate::plan::ssh_credential;
use crate::preflight::Credentials;
use crate::ssh_key::DeployKey;

/// What shall happen to the source secret.
#[derive(Clone, Debug)]
pub(crate) enum SecretIntent {
    /// The repository is synced without one.
    NotNeeded,
    /// It holds what the sync URL needs, and nothing else was given.
    Keep,
    /// The command line gave a credential for it.
    Write(SourceCredential),
    /// It needs a key and none is given or there: a pair of this kind is made.
    GenerateKey(KeyKind),
}

/// Decides. `known_hosts` is the line for the sync URL's host, where it is reached over SSH.
pub(crate) fn intent(
    config: &BootstrapConfig,
    credentials: &Credentials,
    existing: Option<&StoredSecret>,
    known_hosts: Option<&str>,
) -> SecretIntent {
    if config.credentials.own == OwnCredential::KeptSecret {
        return SecretIntent::Keep;
    }
    match config.credentials.cluster {
        ClusterSignIn::Token(_) if keeps_own(config, existing) => SecretIntent::Keep,
        ClusterSignIn::Identity => SecretIntent::NotNeeded,
        ClusterSignIn::Ssh => key_intent(config, credentials, existing, known_hosts),
        ClusterSignIn::Token(form) => match token_credential(config, credentials) {
            Some(credential) => SecretIntent::Write(credential),
            None if existing.is_some_and(|secret| method(form).is_served_by(&secret.keys)) => SecretIntent::Keep,
            None => SecretIntent::NotNeeded,
        },
    }
}

/// The Secret holds a credential of the cluster's own, and this run brings none but its own.
fn keeps_own(config: &BootstrapConfig, existing: Option<&StoredSecret>) -> bool {
    config.credentials.own == OwnCredential::NotGiven
        && existing.is_some_and(|secret| secret.own && serves_token(secret))
}

/// Whether a Secret holds a token, in either form.
pub(crate) fn serves_token(secret: &StoredSecret) -> bool {
    [Method::Basic, Method::Bearer].iter().any(|method| method.is_served_by(&secret.keys))
}

fn key_intent(
    config: &BootstrapConfig,
    credentials: &Credentials,
    existing: Option<&StoredSecret>,
    known_hosts: Option<&str>,
) -> SecretIntent {
    let source = &config.source;
    match (&credentials.private_key, known_hosts) {
        (Some(key), Some(known_hosts)) => {
            let stored = existing.and_then(|secret| same_key_stored(key, secret));
            SecretIntent::Write(ssh_credential(stored.as_ref().unwrap_or(key), known_hosts))
        }
        _ if existing.is_some_and(|secret| serves_ssh(secret, &source.sync_url)) => SecretIntent::Keep,
        (None, Some(known_hosts)) if let Some(kept) = existing.and_then(|it| with_known_hosts(it, known_hosts)) => {
            SecretIntent::Write(kept)
        }
        _ => SecretIntent::GenerateKey(config.credentials.ssh_key.kind(&source.host)),
    }
}

/// The token that the cluster gets, in the form in which it will send it; none where it gets none.
pub(crate) fn token_credential(config: &BootstrapConfig, credentials: &Credentials) -> Option<SourceCredential> {
    let ClusterSignIn::Token(form) = config.credentials.cluster else { return None };
    let token = credentials.cluster_token.clone()?;
    let (form, username) = match &config.credentials.own {
        OwnCredential::Token(own) => (own.form, &own.username),
        OwnCredential::NotGiven | OwnCredential::KeptSecret => (form, &config.credentials.username),
    };
    Some(match form {
        TokenForm::Bearer => SourceCredential::Bearer { token },
        TokenForm::Basic => SourceCredential::Basic { username: username.clone(), password: token },
    })
}

/// The cluster's own credential, which is tried before the push: what this run brings for it, or what the Secret holds that
/// is kept.
pub(crate) fn own_credential(
    config: &BootstrapConfig,
    credentials: &Credentials,
    existing: Option<&StoredSecret>,
) -> Option<OwnTried> {
    match &config.credentials.own {
        OwnCredential::NotGiven => None,
        OwnCredential::Token(_) => {
            let credential = token_credential(config, credentials)?;
            Some(OwnTried { credential, ca: credentials.ca.clone() })
        }
        OwnCredential::KeptSecret => {
            let ca = existing?.keys.get(CA).map(|ca| ca.expose().clone()).filter(|ca| !ca.is_empty());
            Some(OwnTried { credential: kept(config, existing?)?, ca: ca.or_else(|| credentials.ca.clone()) })
        }
    }
}

/// What a Secret holds that is kept, as the cluster will show it.
fn kept(config: &BootstrapConfig, stored: &StoredSecret) -> Option<SourceCredential> {
    let text = |key: &str| {
        let value = std::str::from_utf8(stored.keys.get(key)?.expose()).ok()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    match config.credentials.cluster {
        ClusterSignIn::Identity => None,
        ClusterSignIn::Ssh => Some(SourceCredential::Ssh {
            identity: Secret::new(text("identity")?),
            public_key: text("identity.pub").unwrap_or_default(),
            known_hosts: text("known_hosts")?,
            passphrase: text("password").map(Secret::new),
        }),
        ClusterSignIn::Token(_) => match (text("username"), text("password"), text("bearerToken")) {
            (Some(username), Some(password), _) => {
                Some(SourceCredential::Basic { username, password: Secret::new(password) })
            }
            (_, _, token) => Some(SourceCredential::Bearer { token: Secret::new(token?) }),
        },
    }
}

const fn method(form: TokenForm) -> Method {
    match form {
        TokenForm::Basic => Method::Basic,
        TokenForm::Bearer => Method::Bearer,
    }
}

/// Whether the secret would have to be written, which needs the server's host key.
pub(crate) fn needs_host_key(
    config: &BootstrapConfig,
    credentials: &Credentials,
    existing: Option<&StoredSecret>,
) -> bool {
    let serves = |secret: &StoredSecret| serves_ssh(secret, &config.source.sync_url);
    config.credentials.cluster == ClusterSignIn::Ssh
        && config.credentials.own == OwnCredential::NotGiven
        && (credentials.private_key.is_some() || !existing.is_some_and(serves))
}

/// Whether a secret holds a key, and says what the server of this URL presents.
pub(crate) fn serves_ssh(secret: &StoredSecret, sync_url: &GitUrl) -> bool {
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
