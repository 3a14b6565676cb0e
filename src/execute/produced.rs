//! What a run has made so far, from which placeholders of later steps are filled.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::domain::error::Error;
use crate::domain::event::{Phase, PolicyState};
use crate::domain::object_id::CommitId;
use crate::plan::{FileChange, Topic};
use crate::ssh_key::DeployKey;

/// A change that a branch holds, and that is not known to be in the branch that the cluster follows.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    /// The files as they were before and shall be.
    pub files: Vec<FileChange>,
    /// The number of the pull request, where this program knows it.
    pub id: Option<u64>,
    /// The page on which a pull request is opened or followed, where it is known.
    pub page: Option<String>,
    /// What was told of it last.
    pub seen: Option<SeenRequest>,
    /// When waiting for the merge ends.
    pub wait_ends: Instant,
}

/// A pull request as it was seen last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeenRequest {
    /// As the service calls it.
    pub status: String,
    /// What the service says of the merge.
    pub merge_status: Option<String>,
    /// What the branch's policies say.
    pub policies: Vec<PolicyState>,
    /// The source branch's commit that this is about.
    pub source_commit: Option<String>,
    /// The branches could not be merged.
    pub conflicts: bool,
}

/// Everything made, pushed, answered and said in this run; it outlives a lost push race, so nothing is done twice.
#[derive(Default)]
pub(crate) struct Produced {
    /// The deploy key, once it was shown and confirmed.
    pub deploy_key: Option<Arc<DeployKey>>,
    /// The commit that the branch is at by this run's push.
    pub pushed: Option<CommitId>,
    /// Tips of the branch before this run's push.
    pub earlier_tips: BTreeSet<CommitId>,
    /// What is proposed in a pull request, since its branch holds it.
    pub proposal: Option<Proposal>,
    /// The value of `reconcile.fluxcd.io/requestedAt` that was asked for.
    pub requested_at: Option<String>,
    /// Questions that were answered with yes.
    pub agreed: BTreeSet<Topic>,
    /// Warnings that were given.
    pub warned: BTreeSet<String>,
    /// How often a change was pushed to be proposed.
    pub(super) proposals: u32,
    /// How often the push was tried in vain.
    pub(super) attempts: u32,
    /// Why the last push was in vain.
    pub(super) last_refusal: Option<Error>,
    /// The part of the run that was begun last.
    pub(super) phase: Option<Phase>,
}
