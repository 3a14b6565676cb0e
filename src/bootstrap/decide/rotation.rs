//! A rotation that ended before its proof, as a bootstrap finds it: it finishes it, or puts the credential before back.

use super::case::Case;
use super::secrets::Secrets;
use crate::domain::cluster_secret::{SecretWrite, StoredSecret, unproven};
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::git_repository;
use crate::manifests::source_secret::OWNED_KEYS;
use crate::plan::{ProveCredential, PutBack};

/// The proof of what the rotation wrote; none where there was none, or where this run writes another credential anyway.
pub(super) fn proof(case: &Case<'_>, secrets: &Secrets) -> Option<ProveCredential> {
    let stored = pending(case).filter(|_| !secrets.changes_source())?;
    let (namespace, name) = (case.namespace.as_str(), &case.config.source.secret_name);
    let keys = stored.keys.iter().filter(|(key, _)| OWNED_KEYS.contains(&key.as_str()));
    let ours = SecretWrite {
        namespace: namespace.to_owned(),
        name: name.clone(),
        kind: stored.kind.clone(),
        keys: keys.map(|(key, value)| (key.clone(), value.clone())).collect(),
        owned: OWNED_KEYS.map(str::to_owned).to_vec(),
        own: stored.own,
        ..SecretWrite::default()
    };
    Some(ProveCredential {
        source: ObjectRef::namespaced(git_repository::API_VERSION, git_repository::KIND, namespace, namespace),
        secret: format!("{namespace}/{name}"),
        keys: ours.keys.keys().cloned().collect(),
        undo: Some(PutBack::of(ours.clone(), stored.before.clone())),
        settles: Some(ours),
    })
}

/// That there was one, and what this run does about it.
pub(super) fn warning(case: &Case<'_>, secrets: &Secrets) -> Option<String> {
    pending(case)?;
    let name = format!("{}/{}", case.namespace, case.config.source.secret_name);
    let next = if secrets.changes_source() {
        "this run writes another one in its place"
    } else {
        "this run goes on with the proof, and puts the one before back if that fails"
    };
    Some(unproven(&name, next))
}

/// The Secret that the cluster reads with, where it keeps a credential before.
fn pending<'a>(case: &Case<'a>) -> Option<&'a StoredSecret> {
    let stored = case.cluster.source_secret.as_ref().filter(|stored| !stored.before.is_empty())?;
    case.draft.files.sync.needs_secret.then_some(stored)
}
