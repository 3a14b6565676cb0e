//! Keys: made and kept waiting, then taken into use.

use std::sync::Arc;

use super::replacement::{self, text};
use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::{Secret, SshKeyOptions};
use crate::domain::error::Error;
use crate::domain::git_url::GitUrl;
use crate::plan::{REPLACES, ssh_credential};
use crate::rotate::facts::{Draft, Looked, NewKey, Pending, Replacement, WaitingKey, host};
use crate::ssh_key::DeployKey;

/// The key that waits in the place of the one in the Secret; or one to be made, where none waits.
pub(super) fn draft(looked: &Looked, url: GitUrl, options: SshKeyOptions) -> Result<Draft, Error> {
    let (stored, kind) = (looked.secret.as_ref(), options.kind(&host(&url)));
    let known_hosts = text(stored, "known_hosts").unwrap_or_default();
    let replaces = stored.and_then(|stored| parsed(stored, "the source secret").ok()).map(|key| key.fingerprint());
    let Pending::Waits(pending) = &looked.pending else {
        return Ok(Draft::MakeKey(NewKey { url, kind, known_hosts, replaces }));
    };
    let name = format!("{}/{}", looked.namespace(), looked.pending_name());
    let key = parsed(pending, "the Secret").map_err(|error| {
        Error::refused(format!("the key in secret `{name}` cannot be read"))
            .caused_by_chain(&error)
            .hint("Give it up with `flux rotate source git --abort`, and make another one.")
    })?;
    let credential = ssh_credential(&key, known_hosts.trim_end());
    let replacement = replacement::of(looked, url, credential, None);
    // Where it is in use already, only the Secret in which it waited still knows the one before.
    let replaces = replaces.filter(|replaced| *replaced != key.fingerprint()).or_else(|| text(Some(pending), REPLACES));
    let key = Some(WaitingKey { key: Arc::new(key), kind });
    Ok(Draft::Replace(Box::new(Replacement { key, replaces, ..replacement })))
}

/// A key that somebody has registered, in the place of the one in the Secret.
pub(super) fn given(looked: &Looked, url: GitUrl, key: &DeployKey) -> Draft {
    let stored = looked.secret.as_ref();
    let known_hosts = text(stored, "known_hosts").unwrap_or_default();
    let replaces = stored.and_then(|stored| parsed(stored, "the source secret").ok()).map(|key| key.fingerprint());
    let replaces = replaces.filter(|replaced| *replaced != key.fingerprint());
    let credential = ssh_credential(key, known_hosts.trim_end());
    Draft::Replace(Box::new(Replacement { replaces, ..replacement::of(looked, url, credential, None) }))
}

/// `--abort`
pub(super) const fn given_up(looked: &Looked) -> Draft {
    Draft::GiveUp { waits: matches!(looked.pending, Pending::Waits(_)) }
}

fn parsed(stored: &StoredSecret, name: &str) -> Result<DeployKey, crate::ssh_key::SshKeyError> {
    let passphrase = text(Some(stored), "password").map(Secret::new);
    DeployKey::parse(&text(Some(stored), "identity").unwrap_or_default(), name, passphrase.as_ref())
}
