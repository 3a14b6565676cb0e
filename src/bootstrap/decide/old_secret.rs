//! The Secret that a cluster needs no longer once it reads by its identity.

use super::case::Case;
use crate::domain::cluster_secret::StoredSecret;
use crate::manifests::source_secret::{CA, OWNED_KEYS};
use crate::plan::DropOldSecret;

/// What becomes of it.
#[derive(Debug)]
pub(super) enum OldSecret {
    /// There is none.
    Nothing,
    /// It goes, after everything else.
    Goes(DropOldSecret),
    /// It stays, for this reason.
    Stays(String),
}

/// It goes if it holds what this program writes and nothing else, and nobody else refers to it.
pub(super) fn old_secret(case: &Case<'_>) -> OldSecret {
    let identity = &case.draft.options.after.identity;
    let Some(stored) = case.cluster.source_secret.as_ref().filter(|_| identity.azure) else {
        return OldSecret::Nothing;
    };
    let keys: Vec<String> = stored.keys.keys().filter(|key| OWNED_KEYS.contains(&key.as_str())).cloned().collect();
    if keys.is_empty() {
        return OldSecret::Nothing;
    }
    if let Some(reason) = reason_to_stay(case, stored, identity.ca) {
        return OldSecret::Stays(reason);
    }
    let repository = case.config.source.host.azure_repo();
    let is_key = stored.keys.contains_key("identity");
    let page = repository.and_then(|it| if is_key { it.ssh_keys_page() } else { it.tokens_page() });
    OldSecret::Goes(DropOldSecret {
        namespace: case.namespace.as_str().to_owned(),
        name: case.config.source.secret_name.clone(),
        keys,
        keeps_certificates: identity.ca,
        page,
    })
}

fn reason_to_stay(case: &Case<'_>, stored: &StoredSecret, keeps_certificates: bool) -> Option<String> {
    let is_ours = |key: &&String| OWNED_KEYS.contains(&key.as_str()) || *key == CA;
    if let Some(key) = stored.keys.keys().find(|key| !is_ours(key)) {
        return Some(format!("it holds `{key}`, which is not this program's"));
    }
    if let Some(owner) = &stored.owner {
        return Some(format!("it is managed by {owner}"));
    }
    if stored.immutable && keeps_certificates {
        return Some("it is immutable".to_owned());
    }
    let users = &case.answers.secret_users;
    match (users.known(), users.failure()) {
        (Some(users), _) => users.first().map(|user| format!("`{user}` refers to it")),
        (None, Some(error)) => Some(format!("who refers to it cannot be seen: {}", error.message)),
        (None, None) => Some("nobody looked who refers to it".to_owned()),
    }
}

/// What is said of one that stays.
pub(super) fn warning(case: &Case<'_>) -> Option<String> {
    let OldSecret::Stays(reason) = old_secret(case) else { return None };
    let name = &case.config.source.secret_name;
    Some(format!("the cluster no longer needs secret `{}/{name}`, which stays: {reason}", case.namespace))
}
