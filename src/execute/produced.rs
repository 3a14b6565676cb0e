//! What a run has made so far, from which placeholders of later steps are filled.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::error::Error;
use crate::domain::event::Phase;
use crate::domain::object_id::CommitId;
use crate::plan::Topic;
use crate::ssh_key::DeployKey;

/// Everything made, pushed, answered and said in this run; it outlives a lost push race, so nothing is done twice.
#[derive(Default)]
pub(crate) struct Produced {
    /// The deploy key, once it was shown and confirmed.
    pub deploy_key: Option<Arc<DeployKey>>,
    /// The commit that the branch is at by this run's push.
    pub pushed: Option<CommitId>,
    /// Tips of the branch before this run's push.
    pub earlier_tips: BTreeSet<CommitId>,
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
