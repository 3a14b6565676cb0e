//! The proof that the cluster reads its repository with a new credential, and what becomes of the old one.

use std::collections::BTreeMap;

use crate::domain::cluster_secret::SecretWrite;
use crate::domain::config::Secret;
use crate::domain::git_url::GitUrl;
use crate::domain::object_ref::ObjectRef;
use crate::manifests::source_secret::SourceCredential;

/// Have the cluster fetch with what its Secret holds, and see it done.
#[derive(Clone, Debug)]
pub(crate) struct ProveCredential {
    /// The GitRepository that signs in by the Secret.
    pub source: ObjectRef,
    /// The Secret, as `namespace/name`.
    pub secret: String,
    /// The names of its keys that hold the credential.
    pub keys: Vec<String>,
    /// What is done where the proof fails, before the cluster is asked to fetch again; none with `--no-rollback`, or where
    /// the Secret held the credential before.
    pub undo: Option<PutBack>,
    /// What the Secret holds, where it keeps the credential before as well, which goes with the proof.
    pub settles: Option<SecretWrite>,
}

/// Write into a Secret again what it held, unless somebody else has changed it since.
#[derive(Clone, Debug)]
pub(crate) struct PutBack {
    /// What this run wrote: only over this it is put back.
    pub ours: SecretWrite,
    /// What the same keys held before.
    pub before: SecretWrite,
}

impl PutBack {
    /// Writes what was kept over what a run writes, into all keys of either.
    pub(crate) fn of(ours: SecretWrite, kept: BTreeMap<String, Secret<Vec<u8>>>) -> Self {
        let mut owned = ours.owned.clone();
        owned.extend(ours.keys.keys().chain(kept.keys()).filter(|key| !ours.owned.contains(key)).cloned());
        let before = SecretWrite { keys: kept, owned, before: BTreeMap::new(), ..ours.clone() };
        Self { ours, before }
    }
}

/// Say whether the Git server still accepts the credential that was replaced.
#[derive(Clone, Debug)]
pub(crate) struct TryOldCredential {
    /// The repository as the cluster reaches it.
    pub url: GitUrl,
    /// The credential; none where nobody gave it.
    pub credential: Option<SourceCredential>,
    /// Certificates, PEM, that are trusted besides the system's.
    pub ca: Option<Vec<u8>>,
    /// The page where it is revoked, where that is known.
    pub page: Option<String>,
    /// Of a key, as `SHA256:..`; none for tokens.
    pub fingerprint: Option<String>,
}
