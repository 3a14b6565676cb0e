//! All that a decision about a rotation knows.

use std::sync::Arc;

use serde_json::Value;

use crate::cluster::ClusterError;
use crate::domain::access::Access;
use crate::domain::cluster_secret::{SecretChange, SecretWrite, StoredSecret};
use crate::domain::config::{KeyKind, RotateConfig};
use crate::domain::git_host::GitHost;
use crate::domain::git_url::GitUrl;
use crate::domain::object_id::CommitId;
use crate::domain::object_ref::ObjectRef;
use crate::domain::seen::Seen;
use crate::manifests::source_secret::SourceCredential;
use crate::open::trial::Trial;
use crate::ssh_key::DeployKey;

/// What the cluster holds.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    /// The GitRepository that was asked for, whether it is there or not.
    pub reference: ObjectRef,
    /// It; none where it is not there.
    pub source: Option<Value>,
    /// The names of those that are in the namespace, where it is not there.
    pub names: Vec<String>,
    /// The Secret by which it signs in; none where it names none, or that is not there.
    pub secret: Option<StoredSecret>,
    /// The Secret in which a new key may wait.
    pub pending: Pending,
    /// Other objects that sign in with this Secret.
    pub sharers: Vec<Sharer>,
    /// Other Secrets that hold the same credential, and why that could not be seen.
    pub copies: Result<Vec<Copy>, ClusterError>,
}

/// The Secret of the name that a waiting key has.
#[derive(Clone, Debug, Default)]
pub(crate) enum Pending {
    /// There is none, or nobody asked.
    #[default]
    None,
    /// It is none of a rotation.
    Foreign,
    /// A key waits in it.
    Waits(StoredSecret),
}

/// An object that signs in with the same Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sharer {
    /// The object.
    pub object: ObjectRef,
    /// It also pushes.
    pub pushes: bool,
}

/// A Secret that holds the same credential as the one to be replaced. Its values were compared in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    /// As `namespace/name`.
    pub secret: String,
    /// The key with the same value.
    pub key: String,
}

/// What shall be.
#[derive(Clone, Debug)]
pub(crate) enum Draft {
    /// A credential takes the place of another.
    Replace(Box<Replacement>),
    /// A key is made, and waits.
    MakeKey(NewKey),
    /// A key that waits, where one does, is given up.
    GiveUp {
        /// Whether one waits.
        waits: bool,
    },
}

/// A credential in the place of another.
#[derive(Clone, Debug)]
pub(crate) struct Replacement {
    /// `spec.url`.
    pub url: GitUrl,
    /// The branch that the cluster follows; none where it follows something else.
    pub branch: Option<String>,
    /// The commit that the cluster is at.
    pub commit: Option<CommitId>,
    /// The new credential.
    pub credential: SourceCredential,
    /// Certificates, PEM, that are trusted besides the system's.
    pub ca: Option<Vec<u8>>,
    /// The write that gives it to the cluster.
    pub write: SecretWrite,
    /// What that changes.
    pub change: SecretChange,
    /// The one before, where it was given to be tried.
    pub old: Option<SourceCredential>,
    /// The key, where it is one that waited.
    pub key: Option<WaitingKey>,
    /// The fingerprint of the key that another one replaces, where that can be read.
    pub replaces: Option<String>,
}

/// A key that waits in a Secret of its own.
#[derive(Clone, Debug)]
pub(crate) struct WaitingKey {
    /// The key.
    pub key: Arc<DeployKey>,
    /// The kind that would be made, for messages.
    pub kind: KeyKind,
}

/// A key to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewKey {
    /// `spec.url`.
    pub url: GitUrl,
    /// Algorithm and size.
    pub kind: KeyKind,
    /// The server's lines of known_hosts, from the Secret.
    pub known_hosts: String,
    /// The fingerprint of the one that it shall replace, where that can be read.
    pub replaces: Option<String>,
}

/// What the Git server and the API server said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// What the new credential can do.
    pub tried: Seen<Trial>,
    /// The rights in the cluster that are missing.
    pub missing: Seen<Vec<Access>>,
}

/// Everything that a decision is made from.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    /// The command line, resolved.
    pub config: &'a RotateConfig,
    /// What the cluster holds.
    pub looked: &'a Looked,
    /// What shall be, or what speaks against any.
    pub draft: &'a Seen<Draft>,
    /// What the servers said of it.
    pub answers: &'a Answers,
}

impl Looked {
    /// The namespace of the GitRepository and its Secrets.
    pub(crate) fn namespace(&self) -> &str {
        self.reference.namespace.as_deref().unwrap_or_default()
    }

    /// The name of the Secret by which it signs in; empty where it names none.
    pub(crate) fn secret_name(&self) -> &str {
        self.source.as_ref().and_then(crate::flux_api::git_repository::secret).unwrap_or_default()
    }

    /// The name of the Secret in which a new key waits.
    pub(crate) fn pending_name(&self) -> String {
        pending_name(self.secret_name())
    }
}

/// The name of the Secret in which a key for this one waits.
pub(crate) fn pending_name(secret: &str) -> String {
    format!("{secret}-next")
}

/// The service at an address; one that is doubtful passes as another's.
pub(crate) fn host(url: &GitUrl) -> GitHost {
    GitHost::of(url).unwrap_or(GitHost::Other)
}
