//! What the draft wants to know of the two worlds, and what they answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::pull_request::PullRequestState;
use crate::azure_api::rights::{Pushing, Rights};
use crate::cluster::{ClusterError, DefinitionState, DryRun, LiveSync};
use crate::domain::access::Access;
use crate::domain::error::Error;
use crate::domain::foreign_marks::ForeignMarks;
use crate::domain::object_id::{CommitId, ObjectId, ObjectKind};
use crate::domain::object_ref::ObjectRef;
use crate::domain::seen::Seen;
use crate::git::Proposed;
use crate::manifests::source_secret::SourceCredential;
use crate::open::host_trust::ServerKey;
use crate::open::identity_trial::IdentityTrial;
use crate::open::trial::Trial;
use crate::plan::FederatedIdentity;

/// What is still to be asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inquiry {
    /// Objects that the API server is to check without writing them.
    pub dry_runs: Vec<Value>,
    /// CustomResourceDefinitions whose stored versions matter.
    pub definitions: Vec<Value>,
    /// Namespaces that nothing makes: do they exist?
    pub namespaces: BTreeSet<String>,
    /// Rights that writing may take.
    pub rights: Vec<Access>,
    /// Objects that may carry marks of another tool.
    pub marks: Vec<Value>,
    /// The namespace of Flux, where another one may hold a Flux too.
    pub elsewhere: Option<String>,
    /// The namespace of Flux, where this run adds a sync to a cluster that knows Flux.
    pub syncs: Option<String>,
    /// Whether this identity may push.
    pub push_access: bool,
    /// What is going to be pushed, where the host can tell whether this identity may.
    pub push_rights: Option<Pushing>,
    /// The key of the SSH server that the cluster syncs from.
    pub host_key: bool,
    /// The cluster's own credential, whose reach is to be tried.
    pub cluster_credential: Option<OwnTried>,
    /// The source secret that the cluster will need no longer, by namespace and name: who refers to it?
    pub secret_users: Option<(String, String)>,
    /// The cluster's identity, which is to be tried.
    pub identity: Option<FederatedIdentity>,
    /// The Secret with the keys by which commits must be signed, as namespace and name.
    pub authors: Option<(String, String)>,
    /// What the branch holds that is to propose the change.
    pub source_branch: Option<SourceBranch>,
}

/// A credential of the cluster's own, and what it trusts.
#[derive(Clone, Debug)]
pub(crate) struct OwnTried {
    /// As the cluster will show it.
    pub credential: SourceCredential,
    /// Certificates, PEM, that are trusted besides the system's.
    pub ca: Option<Vec<u8>>,
}

/// A branch to propose a change on, and the change.
#[derive(Clone, Debug)]
pub(crate) struct SourceBranch {
    /// Its name, without `refs/heads/`.
    pub name: String,
    /// The tip of the branch that the cluster follows.
    pub target_tip: CommitId,
    /// The files to be written, with their content.
    pub files: Vec<(String, Option<Vec<u8>>)>,
}

/// What became of an identity when it was tried.
#[derive(Clone, Debug)]
pub(crate) struct IdentityAnswer {
    /// Who issues the tokens of the cluster; none where that cannot be read.
    pub issuer: Option<String>,
    /// What Entra and Azure DevOps made of it.
    pub trial: IdentityTrial,
}

/// Answers, each kept by its question, so that nothing is asked twice in a run. An object asks by its [`key`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// What the API server says of objects.
    pub dry_runs: BTreeMap<ObjectId, Result<DryRun, ClusterError>>,
    /// Definitions as the cluster has them.
    pub definitions: BTreeMap<ObjectId, Result<DefinitionState, ClusterError>>,
    /// Whether a namespace exists, by its name.
    pub namespaces: BTreeMap<String, Result<bool, Error>>,
    /// Whether this identity has a right.
    pub rights: BTreeMap<Access, Result<bool, ClusterError>>,
    /// The marks of another tool that objects carry.
    pub marks: BTreeMap<ObjectId, Result<Option<ForeignMarks>, ClusterError>>,
    /// The other namespace that Flux is in; none where that cannot be seen.
    pub elsewhere: Seen<Option<String>>,
    /// The syncs of the cluster, as far as they can be seen.
    pub syncs: Seen<Vec<LiveSync>>,
    /// This identity may push, or why not.
    pub push_access: Seen<()>,
    /// What the host tells of this identity's rights to push; never a failure.
    pub push_rights: Seen<Rights>,
    /// The key of the SSH server that the cluster syncs from.
    pub host_key: Seen<ServerKey>,
    /// What the cluster's own credential can do.
    pub cluster_credential: Seen<Trial>,
    /// Who refers to the source secret besides the source.
    pub secret_users: Seen<Vec<ObjectRef>>,
    /// What became of the cluster's identity when it was tried.
    pub identity: Seen<IdentityAnswer>,
    /// The keys by which commits must be signed.
    pub authors: Seen<Authors>,
    /// The branch that is to propose the change, as it is now; none where it is still to be made. The answer holds for one
    /// tip of the target only, and is forgotten when that moves.
    pub source_branch: Seen<Option<Proposed>>,
    /// What the service told of the pull request; not asked where a person opens it. Forgotten as the branch's answer is.
    pub pull_request: Seen<PullRequestState>,
}

/// The public keys of those who may sign commits, as the cluster holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Authors {
    /// There is no such Secret.
    Absent,
    /// This identity may not read it.
    Hidden,
    /// The Secret's entries.
    Keys(BTreeMap<String, Vec<u8>>),
}

impl Answers {
    /// Forgets what is true of one tip of the target branch alone.
    pub(crate) fn forget_the_proposal(&mut self) {
        self.source_branch = Seen::NotAsked;
        self.pull_request = Seen::NotAsked;
    }
}

/// The question that an object stands for: a digest of all that it says.
pub(crate) fn key(object: &Value) -> ObjectId {
    ObjectId::of(ObjectKind::Blob, object.to_string().as_bytes())
}
