//! What the cluster shows and answers when Flux is to be removed.

use std::collections::BTreeMap;

use crate::cluster::{ClusterError, ForeignOwner, Standing};
use crate::domain::access::Access;
use crate::domain::object_id::CommitId;
use crate::domain::object_ref::ObjectRef;
use crate::domain::seen::Seen;
use crate::domain::survivor::Applied;
use crate::flux_api::definition::Definition;
use crate::git::Proposed;
use crate::plan::{Followed, UninstallNote};
use crate::uninstall::draft::files::FileRemoval;

/// What there is of Flux, and what stands around it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// The namespace of this run; none where it does not exist.
    pub namespace: Option<FoundNamespace>,
    /// Who else manages Flux here.
    pub owner: Option<ForeignOwner>,
    /// Other namespaces with controllers of Flux.
    pub elsewhere: Vec<String>,
    /// The definitions of Flux's kinds.
    pub definitions: Vec<Definition>,
    /// The objects of those kinds.
    pub instances: Vec<Instance>,
    /// Kustomizations and HelmReleases that apply to other clusters, where nothing is counted.
    pub remote: Vec<ObjectRef>,
    /// What the inventories of all Kustomizations and HelmReleases name, each once.
    pub applied: Vec<Applied>,
    /// The Deployments of Flux in its namespace.
    pub controllers: Vec<ObjectRef>,
    /// Services, accounts, policies, roles and the like that belong to Flux.
    pub belongings: Vec<ObjectRef>,
    /// The Secrets with which Flux reads the repository and pulls its images, those that exist.
    pub secrets: Vec<ObjectRef>,
    /// What the cluster follows, or followed until an earlier run.
    pub followed: Option<Followed>,
    /// Workloads and volumes in the namespace that are not of Flux.
    pub bystanders: Vec<ObjectRef>,
    /// Other Secrets and ConfigMaps in the namespace.
    pub contents: Vec<ObjectRef>,
}

/// The namespace of Flux.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FoundNamespace {
    /// It carries Flux's label.
    pub part_of_flux: bool,
    /// It is being deleted.
    pub deleting: bool,
    /// What an earlier run noted on it.
    pub note: Option<UninstallNote>,
}

/// An object of one of Flux's kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    /// In a version that is served.
    pub object: ObjectRef,
    /// It may act: its kind can be suspended, and it is not.
    pub active: bool,
    /// It carries Flux's finalizer.
    pub held: bool,
    /// The finalizers of others that it carries.
    pub foreign: Vec<String>,
}

/// What the repository holds of Flux.
#[derive(Clone, Debug)]
pub(crate) struct FoundFiles {
    /// The branch's tip; none in an empty repository.
    pub tip: Option<CommitId>,
    /// What the commit would do.
    pub removal: FileRemoval,
    /// This identity may push, or why not; not asked where nothing is to be pushed.
    pub push_access: Seen<()>,
    /// `--pull-request`: what the branch holds that proposes the removal, where there is one; not asked where nothing is proposed.
    pub proposed: Seen<Option<Proposed>>,
}

/// What is still to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inquiry {
    /// Objects of inventories: are they there?
    pub applied: Vec<Applied>,
    /// Objects that the API server is to check for deletion.
    pub deletions: Vec<ObjectRef>,
    /// Rights that the rest takes.
    pub rights: Vec<Access>,
}

/// What the cluster answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// How the objects of the inventories stand, in the order of the inquiry.
    pub standings: Seen<Vec<Option<Standing>>>,
    /// Whether the API server would delete an object.
    pub deletions: BTreeMap<ObjectRef, Result<bool, ClusterError>>,
    /// The rights among those asked for that this identity lacks.
    pub lacking: Seen<Vec<Access>>,
}
