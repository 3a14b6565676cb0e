//! What a run waits for at its end.

use std::collections::BTreeSet;

use serde_json::Value;

use super::WaitedIdentity;
use crate::domain::object_id::CommitId;

/// Wait until source, Kustomization and Deployments are ready.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// The namespace of Flux; its GitRepository and Kustomization have the same name.
    pub namespace: String,
    /// The branch that the cluster follows.
    pub branch: String,
    /// Flux's folder in the repository: a later commit is as good where it holds the same there.
    pub directory: String,
    /// The commit that the cluster must reach.
    pub commit: WaitedCommit,
    /// Revisions, as `main@sha1:..`, that the cluster was at before; they do not count as later ones.
    pub earlier: BTreeSet<String>,
    /// Flux's Deployments, by name.
    pub deployments: Vec<String>,
    /// The objects as the run saw them, where nothing is written before the wait: what was ready a moment ago is not asked for
    /// again.
    pub seen: Vec<Value>,
    /// The cluster's own identity, where it signs in by one that this run knows.
    pub identity: Option<WaitedIdentity>,
    /// How to give the cluster's key access, where it signs in by one.
    pub key_registration: Option<KeyRegistration>,
}

/// The commit that a cluster must reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitedCommit {
    /// The branch is there already.
    Tip(CommitId),
    /// The one that an earlier step pushes.
    Pushed,
}

/// Where the public half of the cluster's key is, and where it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRegistration {
    /// The name of the source secret.
    pub secret: String,
    /// The web page for adding it, where it is known.
    pub page: Option<String>,
}
