//! Telling a controller to act on an object or to act no more, and seeing it act.

use std::sync::Arc;

use super::produced::Produced;
use super::wait::one::wait_for_one;
use super::writer::Writer;
use crate::cluster::{Goal, Target, readiness};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, SteeringEvent};
use crate::plan::{AwaitReconciled, SetSuspended};

/// Reasons that every wait begins with.
const ROUTINE: [&str; 4] = ["NotObserved", "Progressing", "ProgressingWithRetry", "ReconcileRequested"];

pub(super) async fn set_suspended(writer: &Writer<'_, '_>, step: &SetSuspended) -> Result<(), Error> {
    let done = if step.suspended { "suspended" } else { "resumed" };
    for object in &step.objects {
        writer.begin(&format!("`{object}` was being {done}"))?;
        let found = writer.worlds.cluster.set_suspended(object, step.suspended).await;
        writer.account.settle();
        if !found? {
            return Err(Error::new(Kind::Other, format!("`{object}` was deleted meanwhile")));
        }
        writer.account.add(format!("`{object}` {done}"));
        let (kind, objects) = (object.kind.clone(), vec![object.clone()]);
        writer.report(if step.suspended {
            Event::Steering(SteeringEvent::Suspended { kind, objects })
        } else {
            Event::Steering(SteeringEvent::Resumed { kind, objects })
        });
    }
    Ok(())
}

/// Waits for one object, and says at which revision it is.
///
/// # Errors
/// It did not become ready in time, with what is known about it.
pub(super) async fn await_reconciled(
    writer: &Writer<'_, '_>,
    step: &AwaitReconciled,
    produced: &Produced,
) -> Result<(), Error> {
    let requested_at = produced.requested_at.clone().filter(|_| step.requested);
    let target = Target { object: step.object.clone(), goal: at_any_revision(requested_at) };
    writer.report(Event::TimeLeft { left: writer.session.limits.remaining() });
    let cluster = &writer.worlds.cluster;
    if let Some(state) = wait_for_one(writer, &target, &ROUTINE).await? {
        return Err(cluster.for_diagnosis().diagnose(&target, &state).await.into());
    }
    let found = cluster.get(&step.object).await.ok().flatten();
    let revision = found.as_ref().and_then(readiness::revision).map(str::to_owned);
    writer.report(Event::Steering(SteeringEvent::Reconciled { object: step.object.clone(), revision }));
    Ok(())
}

/// Ready, whatever it is at: nobody here knows which revision is wanted.
fn at_any_revision(requested_at: Option<String>) -> Goal {
    let accepts: crate::cluster::RevisionTest = Arc::new(|_| Box::pin(async { true }));
    Goal::Reconciled { revision: String::new(), accepts: Some(accepts), requested_at }
}
