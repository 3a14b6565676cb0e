//! What a run will do, as data. `--dry-run` shows it, the executor carries it out.

use serde::Serialize;

use crate::domain::event::{Manifests, ObjectChange};

/// Everything a run will change and wait for, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BootstrapPlan {
    /// What will be done, first to last.
    pub steps: Vec<Step>,
    /// Objects that could not be judged beforehand, and why; they are dry-run as a set before they are applied.
    pub unchecked: Vec<Unchecked>,
    /// Objects of Flux that the cluster's own sync will delete afterwards, as `Kind/namespace/name`.
    pub removed_by_sync: Vec<String>,
    /// What a person would be asked.
    pub questions: Vec<String>,
    /// What the user should know before it starts.
    pub warnings: Vec<String>,
}

/// One thing to do. What exists only later (a commit's id, a generated key) is named, not known.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Make a key pair for the cluster, show the public key, have it confirmed, try it.
    ConfirmDeployKey {
        /// Algorithm and size, such as `RSA 4096`.
        key: String,
        /// The web page for adding it.
        page: Option<String>,
    },
    /// Make one commit.
    CommitFiles {
        /// The branch.
        branch: String,
        /// The commit's message.
        message: String,
        /// What it is about.
        manifests: Manifests,
        /// The files it changes.
        files: Vec<FileChange>,
    },
    /// Push that commit.
    Push {
        /// The branch.
        branch: String,
        /// The repository, without secrets.
        url: String,
    },
    /// Apply objects, stage after stage.
    ApplyObjects {
        /// What they are.
        purpose: Purpose,
        /// The objects of each stage.
        stages: Vec<Vec<PlannedObject>>,
    },
    /// Take the marks of another tool off what it installed, so that it counts as nobody else's from then on.
    TakeOver {
        /// The other tool, for people.
        owner: String,
        /// The objects, as `Kind/namespace/name`.
        objects: Vec<String>,
    },
    /// Write a Secret.
    ApplySecret {
        /// What it is for.
        purpose: SecretPurpose,
        /// `namespace/name`.
        secret: String,
        /// Created or configured.
        change: ObjectChange,
        /// What happens to its keys; never their values.
        keys: SecretKeys,
    },
    /// Wait until everything is ready.
    WaitReady {
        /// What is waited for, as `Kind namespace/name`.
        targets: Vec<String>,
    },
}

/// Which objects a step applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Flux's own components.
    Components,
    /// The GitRepository and the Kustomization.
    Sync,
}

/// Which secret a step writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretPurpose {
    /// For fetching the repository.
    Source,
    /// For pulling the components' images.
    ImagePull,
}

/// A file of the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its path in the repository.
    pub path: String,
    /// Its content now; none for a new file.
    pub before: Option<Vec<u8>>,
    /// Its content then.
    pub after: Vec<u8>,
}

/// An object of the cluster and what applying it would do.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedObject {
    /// `Kind/namespace/name`, or `Kind/name`.
    pub object: String,
    /// What the server says would happen; none where it cannot judge yet.
    pub change: Option<ObjectChange>,
    /// The fields that would change.
    pub fields: Vec<String>,
}

/// An object the server cannot judge yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unchecked {
    /// `Kind/namespace/name`.
    pub object: String,
    /// Why not.
    pub reason: String,
}

/// What happens to a Secret's keys, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SecretKeys {
    /// Not there now.
    pub added: Vec<String>,
    /// There now with another value.
    pub changed: Vec<String>,
    /// Taken away.
    pub removed: Vec<String>,
    /// Left as they are.
    pub kept: Vec<String>,
}

impl BootstrapPlan {
    /// Whether the plan changes anything at all.
    pub fn changes_nothing(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::WaitReady { .. }))
    }

    /// Whether the plan writes to the repository.
    pub fn pushes(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Push { .. }))
    }
}
