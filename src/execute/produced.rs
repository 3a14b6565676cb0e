//! What a run has made so far, from which placeholders of later steps are filled.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::domain::error::Error;
use crate::domain::event::Phase;
use crate::domain::object_id::CommitId;
use crate::plan::{FileChange, Topic};
use crate::ssh_key::DeployKey;

/// A change that a branch holds, and that is not known to be in the branch that the cluster follows.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    /// The files as they were before and shall be.
    pub files: Vec<FileChange>,
    /// The page on which a pull request is opened or followed, where it is known.
    pub page: Option<String>,
    /// When waiting for the merge ends.
    pub wait_ends: Instant,
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
    /// How often the push was tried in vain.
    pub(super) attempts: u32,
    /// Why the last push was in vain.
    pub(super) last_refusal: Option<Error>,
    /// The part of the run that was begun last.
    pub(super) phase: Option<Phase>,
}
