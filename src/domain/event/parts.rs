//! What events name: parts of a run, of Flux, and of what is committed.

use serde::Serialize;

/// The manifests a commit or push is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Manifests {
    /// Only gotk-components.yaml (and perhaps kustomization.yaml).
    Components,
    /// Only gotk-sync.yaml (and perhaps kustomization.yaml).
    Sync,
    /// Both kinds.
    Both,
    /// All of them go.
    Removal,
    /// Only the options of the cluster (and perhaps kustomization.yaml).
    Options,
}

impl Manifests {
    /// Which manifests a change is about; none when neither kind changes.
    pub(crate) const fn changed(components: bool, sync: bool) -> Option<Self> {
        match (components, sync) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Components),
            (false, true) => Some(Self::Sync),
            (false, false) => None,
        }
    }

    /// How narration and commit messages name them.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Components => "component manifests",
            Self::Sync => "sync manifests",
            Self::Both => "component and sync manifests",
            Self::Removal => "the removal of Flux",
            Self::Options => "cluster options",
        }
    }
}

/// The part of a run an event belongs to; Azure Pipelines folds the log by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    /// Looking at repository and cluster; nothing is changed.
    Observe,
    /// Commit and push.
    Repository,
    /// Applying to the cluster.
    Cluster,
    /// Waiting until the cluster follows the repository.
    Wait,
}

/// A part of Flux that is removed as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Removed {
    /// The Deployments, with their pods.
    Controllers,
    /// The CustomResourceDefinitions, with all objects of their kinds.
    Definitions,
    /// Roles, accounts, Services, policies, quotas and Secrets.
    Belongings,
    /// The namespace.
    Namespace,
    /// All of it.
    Everything,
}

impl Removed {
    /// How people call it, in the plural.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Controllers => "the controllers and their pods",
            Self::Definitions => "the CustomResourceDefinitions",
            Self::Belongings => "roles, accounts, Services, policies and Secrets",
            Self::Namespace => "the namespace and all that is in it",
            Self::Everything => "everything of Flux",
        }
    }
}

/// What was done to one object of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectChange {
    /// It did not exist.
    Created,
    /// It existed and was different.
    Configured,
    /// It was as wanted.
    Unchanged,
}

impl ObjectChange {
    /// The word people read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What a policy of a branch says of a pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PolicyState {
    /// The policy, for people.
    pub name: String,
    /// Whether it keeps the pull request from being completed.
    pub blocking: bool,
    /// As the service calls it, such as `queued`, `approved` or `rejected`.
    pub status: String,
}
