//! Telling a controller to act on an object or to act no more, and seeing it act.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::apply::AWAITING_SERVER;
use super::produced::Produced;
use super::writer::Writer;
use crate::cluster::{ClusterError, Goal, Readiness, Target, WaitEvent, WaitFailure, readiness};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, SteeringEvent};
use crate::domain::object_ref::ObjectRef;
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
        let (kind, objects) = (object.kind.clone(), vec![object.to_string()]);
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
    let (kind, object) = (step.object.kind.clone(), place(&step.object));
    writer.report(Event::TimeLeft { left: writer.session.limits.remaining() });
    writer.report(Event::WaitStarted { kind: kind.clone(), object: object.clone() });
    writer.account.wait_for(vec![format!("`{}` was not ready yet", step.object)]);
    let mut said = BTreeSet::new();
    let mut on_event = |event: WaitEvent| tell(writer, event, &mut said);
    let mut on_outage = |error: &ClusterError, delay| {
        let (action, reason) = (AWAITING_SERVER.to_owned(), error.to_string());
        writer.report(Event::Retrying { action, reason, delay });
    };
    let cluster = &writer.worlds.cluster;
    let outcomes = cluster.wait_telling(std::slice::from_ref(&target), &mut on_event, &mut on_outage).await;
    match outcomes.into_iter().next().map(|outcome| outcome.result) {
        Some(Ok(())) => {
            let found = cluster.get(&step.object).await.ok().flatten();
            let revision = found.as_ref().and_then(readiness::revision).map(str::to_owned);
            writer.report(Event::Steering(SteeringEvent::Reconciled { kind, object, revision }));
            Ok(())
        }
        Some(Err(WaitFailure::Unreadable(error))) => Err(error.into()),
        Some(Err(WaitFailure::NotReady(state))) => Err(cluster.for_diagnosis().diagnose(&target, &state).await.into()),
        None => Err(Error::new(Kind::Other, "nothing was waited for")),
    }
}

/// Ready, whatever it is at: nobody here knows which revision is wanted.
fn at_any_revision(requested_at: Option<String>) -> Goal {
    let accepts: crate::cluster::RevisionTest = Arc::new(|_| Box::pin(async { true }));
    Goal::Reconciled { revision: String::new(), accepts: Some(accepts), requested_at }
}

fn tell(writer: &Writer<'_, '_>, event: WaitEvent, said: &mut BTreeSet<(String, String)>) {
    let (Readiness::Pending { reason, message } | Readiness::Stalled { reason, message }) = event.readiness else {
        return;
    };
    writer.account.wait_for(vec![format!("`{}` was not ready yet: {reason}: {message}", event.object)]);
    if said.insert((reason.clone(), message.clone())) {
        let routine = ROUTINE.contains(&reason.as_str());
        let (kind, object) = (event.object.kind.clone(), place(&event.object));
        writer.report(Event::WaitProgress { kind, object, reason, message, routine });
    }
}

fn place(object: &ObjectRef) -> String {
    format!("{}/{}", object.namespace.as_deref().unwrap_or_default(), object.name)
}
