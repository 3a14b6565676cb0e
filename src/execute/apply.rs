//! Objects are applied, and other tools' marks taken off.

use std::collections::BTreeSet;

use serde_json::Value;

use super::writer::Writer;
use crate::cluster::{ApplyEvent, ClusterError, DryRun, once_each};
use crate::domain::error::Error;
use crate::domain::event::{Event, ObjectChange};
use crate::domain::object_ref::ObjectRef;
use crate::plan::{ApplyObjects, Part, Purpose, TakeOver};

/// What goes on while the API server cannot be asked.
pub(super) const AWAITING_SERVER: &str = "waiting for the API server";

pub(super) async fn apply(writer: &Writer<'_, '_>, step: &ApplyObjects) -> Result<(), Error> {
    match (step.purpose, step.part) {
        (Purpose::Components, Part::Whole | Part::First) => {
            writer.report(Event::InstallStarted { namespace: step.namespace.clone() });
        }
        (Purpose::Components, Part::Last) | (Purpose::Namespace, _) => {}
        (Purpose::Sync, _) => writer.report(Event::SyncApplyStarted),
    }
    let mut applied = 0;
    let result = apply_stages(writer, step, &mut applied).await;
    if result.is_err() && applied > 0 {
        let all: usize = step.stages.iter().map(|stage| stage.objects.len()).sum();
        writer.account.add(format!("{applied} of {all} objects were applied"));
    }
    result?;
    match (step.purpose, step.part) {
        (_, Part::First) => {}
        (Purpose::Namespace, _) => writer.account.add(format!("namespace `{}` is there", step.namespace)),
        (Purpose::Components, _) => {
            writer.account.add("the components are applied");
            writer.report(Event::Installed);
        }
        (Purpose::Sync, _) => {
            writer.account.add("the sync objects are applied");
            writer.report(Event::SyncReconciled);
        }
    }
    Ok(())
}

/// Applies the stages; `applied` counts the objects that this changed. What could not be checked before its namespace existed is
/// checked as a set, before any of it is written: beside the stage before it, whose objects the server has while it checks.
async fn apply_stages(writer: &Writer<'_, '_>, step: &ApplyObjects, applied: &mut usize) -> Result<(), Error> {
    let (mut defined, mut verdicts): (&[Value], Vec<Verdict>) = (&[], Vec::new());
    for (index, stage) in step.stages.iter().enumerate() {
        let unsettled = |verdict: &Verdict| matches!(verdict, Ok(DryRun::NotJudged { .. }) | Err(_));
        if stage.checked_as_set && (verdicts.is_empty() || verdicts.iter().any(unsettled)) {
            await_served(writer, defined).await?;
            verdicts = writer.worlds.cluster.dry_run_all(&stage.objects).await;
        }
        let mut absent = stage.absent.clone();
        absent.extend(taken(&stage.objects, std::mem::take(&mut verdicts))?);
        let next = step.stages.get(index + 1).filter(|next| next.checked_as_set);
        let asked = next.map_or(&[][..], |next| &next.objects);
        let written = apply_objects(writer, (defined, &stage.objects), &absent, applied);
        let (written, asked) = futures::join!(written, writer.worlds.cluster.dry_run_all(asked));
        written?;
        (defined, verdicts) = (&stage.objects, asked);
    }
    await_served(writer, defined).await
}

/// What the API server says of an object before it is written.
type Verdict = Result<DryRun, ClusterError>;

/// Those of the objects that are not there, once all of them would be taken.
fn taken(objects: &[Value], verdicts: Vec<Verdict>) -> Result<Vec<String>, Error> {
    let (mut absent, mut denied): (_, Vec<ClusterError>) = (Vec::new(), Vec::new());
    for (object, verdict) in objects.iter().zip(verdicts) {
        match verdict {
            Ok(DryRun::Created) => absent.extend(ObjectRef::of(object).map(|object| object.to_string())),
            Ok(_) => {}
            Err(error) => denied.push(error),
        }
    }
    if denied.is_empty() {
        return Ok(absent);
    }
    Err(Error::together(once_each(denied).into_iter().map(Error::from).collect()))
}

async fn await_served(writer: &Writer<'_, '_>, defined: &[Value]) -> Result<(), Error> {
    Ok(writer.worlds.cluster.await_served(defined, &mut |event| writer.report(told(event))).await?)
}

/// Applies objects; those of `defined` were applied before them.
async fn apply_objects(
    writer: &Writer<'_, '_>,
    (defined, objects): (&[Value], &[Value]),
    absent: &BTreeSet<String>,
    applied: &mut usize,
) -> Result<(), Error> {
    if objects.is_empty() {
        return Ok(());
    }
    writer.begin("objects were being applied")?;
    let mut on_event = |event| {
        if let ApplyEvent::Applied { change, .. } = event {
            *applied += usize::from(change != ObjectChange::Unchanged);
        }
        writer.report(told(event));
    };
    let result = writer.worlds.cluster.apply_after(defined, objects, absent, &mut on_event).await;
    writer.account.settle();
    result.map(drop).map_err(Error::from)
}

fn told(event: ApplyEvent) -> Event {
    match event {
        ApplyEvent::Applied { object, change } => Event::Applied { object, change },
        ApplyEvent::AwaitingKinds { names } => {
            Event::Detail { message: format!("waiting for {} to be served", names.join(", ")) }
        }
        ApplyEvent::Reminding { definition } => Event::WaitProgress {
            object: definition,
            reason: "Installing".to_owned(),
            message: "the API server does not go on by itself, so it is made to look again".to_owned(),
            routine: false,
        },
        ApplyEvent::AwaitingServer { reason, pause } => {
            Event::Retrying { action: AWAITING_SERVER.to_owned(), reason, delay: pause }
        }
        ApplyEvent::Retrying { object, reason, pause } => {
            Event::Retrying { action: format!("applying {object}"), reason, delay: pause }
        }
    }
}

/// Takes the other tool's marks off, so that the next run finds nobody else's Flux.
pub(super) async fn take_over(writer: &Writer<'_, '_>, step: &TakeOver) -> Result<(), Error> {
    for marks in &step.marks {
        writer.begin("marks of another owner were being taken off")?;
        let taken_off = writer.worlds.cluster.take_off(marks).await;
        writer.account.settle();
        taken_off?;
        writer.account.add(match &step.owner {
            Some(owner) => format!("`{}` is taken over from {owner}", marks.object),
            None => format!("what stopped Flux from managing `{}` is taken off", marks.object),
        });
    }
    let objects = step.marks.iter().map(|marks| marks.object.clone()).collect();
    writer.report(match step.owner.clone() {
        Some(owner) => Event::TakenOver { owner, objects },
        None => Event::HaltTakenOff { objects },
    });
    Ok(())
}
