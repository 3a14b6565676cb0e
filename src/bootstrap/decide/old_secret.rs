//! The Secrets that a cluster needs no longer: once it reads by its identity, or without a proxy.

use super::case::Case;
use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::ProxyChange;
use crate::manifests::source_proxy;
use crate::manifests::source_secret::{CA, OWNED_KEYS};
use crate::plan::{DropOldSecret, SecretPurpose};

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
    if let Some(reason) = reason_to_stay(case, stored, &[&OWNED_KEYS[..], &[CA]].concat()) {
        return OldSecret::Stays(reason);
    }
    if stored.immutable && identity.ca {
        return OldSecret::Stays("it is immutable".to_owned());
    }
    let repository = case.config.source.host.azure_repo();
    let is_key = stored.keys.contains_key("identity");
    let page = repository.and_then(|it| if is_key { it.ssh_keys_page() } else { it.tokens_page() });
    OldSecret::Goes(DropOldSecret {
        purpose: SecretPurpose::Source,
        namespace: case.namespace.as_str().to_owned(),
        name: case.config.source.secret_name.clone(),
        keys,
        keeps_certificates: identity.ca,
        page,
    })
}

/// The Secret of a proxy that is taken back. One of another name is its owner's.
pub(super) fn proxy_secret(case: &Case<'_>) -> OldSecret {
    let Some(stored) = case.cluster.proxy_secret.as_ref().filter(|_| case.config.source.proxy == ProxyChange::Removed)
    else {
        return OldSecret::Nothing;
    };
    let name = case.config.source.proxy_secret();
    let asked = case.draft.inquiry.secret_users.as_ref();
    if asked.is_some_and(|(_, asked)| *asked != name) {
        return OldSecret::Stays("nobody looked who refers to it".to_owned());
    }
    if let Some(reason) = reason_to_stay(case, stored, &source_proxy::OWNED_KEYS) {
        return OldSecret::Stays(reason);
    }
    OldSecret::Goes(DropOldSecret {
        purpose: SecretPurpose::SourceProxy,
        namespace: case.namespace.as_str().to_owned(),
        name,
        keys: stored.keys.keys().cloned().collect(),
        keeps_certificates: false,
        page: None,
    })
}

/// Why a Secret stays of which only these keys are this program's.
fn reason_to_stay(case: &Case<'_>, stored: &StoredSecret, ours: &[&str]) -> Option<String> {
    let is_ours = |key: &&String| ours.contains(&key.as_str());
    if let Some(key) = stored.keys.keys().find(|key| !is_ours(key)) {
        return Some(format!("it holds `{key}`, which is not this program's"));
    }
    if let Some(owner) = &stored.owner {
        return Some(format!("it is managed by {owner}"));
    }
    let users = &case.answers.secret_users;
    match (users.known(), users.failure()) {
        (Some(users), _) => users.first().map(|user| format!("`{user}` refers to it")),
        (None, Some(error)) => Some(format!("who refers to it cannot be seen: {}", error.message)),
        (None, None) => Some("nobody looked who refers to it".to_owned()),
    }
}

/// What is said of those that stay.
pub(super) fn warnings(case: &Case<'_>) -> Vec<String> {
    let source = &case.config.source;
    let stays = [(old_secret(case), source.secret_name.clone()), (proxy_secret(case), source.proxy_secret())];
    let told = stays.into_iter().filter_map(|(secret, name)| match secret {
        OldSecret::Stays(reason) => {
            Some(format!("the cluster no longer needs secret `{}/{name}`, which stays: {reason}", case.namespace))
        }
        OldSecret::Nothing | OldSecret::Goes(_) => None,
    });
    told.collect()
}
