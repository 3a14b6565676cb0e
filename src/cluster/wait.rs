//! Waiting for many objects at once, by watch, under the connection's deadline.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::{Cluster, ClusterError, ObjectRef, Readiness};

/// Says whether a revision other than the one we pushed is as good; asked once for each revision.
pub type RevisionJudge = Arc<dyn Fn(String) -> BoxFuture<'static, bool> + Send + Sync>;

/// One object to wait for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The object.
    pub object: ObjectRef,
    /// What it must reach.
    pub goal: Goal,
}

/// What an object must reach.
#[derive(Clone)]
pub enum Goal {
    /// A GitRepository or Kustomization, Ready at a revision.
    Reconciled {
        /// `<branch>@sha1:<commit>`
        revision: String,
        /// Judges other revisions; none means only `revision` is good.
        judge: Option<RevisionJudge>,
        /// The value of `reconcile.fluxcd.io/requestedAt` that must have been handled.
        requested_at: Option<String>,
    },
    /// A Deployment, rolled out.
    RolledOut,
}

impl fmt::Debug for Goal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reconciled { revision, requested_at, judge } => formatter
                .debug_struct("Reconciled")
                .field("revision", revision)
                .field("judge", &judge.is_some())
                .field("requested_at", requested_at)
                .finish(),
            Self::RolledOut => formatter.write_str("RolledOut"),
        }
    }
}

/// What happens while waiting; one whenever an object's state, reason or message changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitEvent {
    /// The object.
    pub object: ObjectRef,
    /// Its state now.
    pub readiness: Readiness,
}

/// How waiting for one object ended.
#[derive(Clone, Debug)]
pub struct WaitOutcome {
    /// The object.
    pub object: ObjectRef,
    /// Ready, or why not.
    pub result: Result<(), WaitFailure>,
    /// How long it took.
    pub waited: Duration,
}

/// Why an object did not become ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitFailure {
    /// Its last state at the deadline, or when another object failed for good.
    NotReady(Readiness),
    /// It could not be read.
    Unreadable(ClusterError),
}

impl Cluster {
    /// Waits until all targets are ready, one fails for good (stalled or suspended), or the deadline comes.
    /// Outcomes are in the order of the targets. Falls back to asking every two seconds where watching is
    /// forbidden.
    pub async fn wait(&self, targets: &[Target], on_event: &mut (dyn FnMut(WaitEvent) + Send)) -> Vec<WaitOutcome> {
        let _ = (targets, on_event);
        unimplemented!()
    }
}
