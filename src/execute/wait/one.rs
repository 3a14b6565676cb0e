//! The wait for one object, whatever it is waited for.

use std::collections::BTreeSet;

use crate::cluster::{ClusterError, Readiness, Target, WaitEvent, WaitFailure};
use crate::domain::error::{Error, Kind};
use crate::domain::event::Event;
use crate::execute::apply::AWAITING_SERVER;
use crate::execute::writer::Writer;

/// Waits under the run's deadline, and tells each new reason once; those of `routine` belong to every wait. None is an
/// object that is as it should be, else what it was last.
///
/// # Errors
/// The object cannot be read.
pub(in crate::execute) async fn wait_for_one(
    writer: &Writer<'_, '_>,
    target: &Target,
    routine: &[&str],
) -> Result<Option<Readiness>, Error> {
    writer.report(Event::WaitStarted { object: target.object.clone() });
    writer.account.wait_for(vec![format!("`{}` was not ready yet", target.object)]);
    let mut said = BTreeSet::new();
    let mut on_event = |event: WaitEvent| tell(writer, event, routine, &mut said);
    let mut on_outage = |error: &ClusterError, delay| {
        let (action, reason) = (AWAITING_SERVER.to_owned(), error.to_string());
        writer.report(Event::Retrying { action, reason, delay });
    };
    let cluster = &writer.worlds.cluster;
    let outcomes = cluster.wait_telling(std::slice::from_ref(target), &mut on_event, &mut on_outage).await;
    match outcomes.into_iter().next().map(|outcome| outcome.result) {
        Some(Ok(())) => Ok(None),
        Some(Err(WaitFailure::NotReady(readiness))) => Ok(Some(readiness)),
        Some(Err(WaitFailure::Unreadable(error))) => Err(error.into()),
        None => Err(Error::new(Kind::Other, "nothing was waited for")),
    }
}

fn tell(writer: &Writer<'_, '_>, event: WaitEvent, routine: &[&str], said: &mut BTreeSet<(String, String)>) {
    let (Readiness::Pending { reason, message } | Readiness::Stalled { reason, message }) = event.readiness else {
        return;
    };
    writer.account.wait_for(vec![format!("`{}` was not ready yet: {reason}: {message}", event.object)]);
    if said.insert((reason.clone(), message.clone())) {
        let routine = routine.contains(&reason.as_str());
        writer.report(Event::WaitProgress { object: event.object.clone(), reason, message, routine });
    }
}
