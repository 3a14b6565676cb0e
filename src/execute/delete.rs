//! Objects are deleted, and are seen to be gone before anything else is done.

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::remaining::{still_there, why_still_there};
use super::strip;
use super::writer::{AT_ONCE, Writer};
use crate::cluster::ClusterError;
use crate::domain::backoff::{Backoff, Persistence};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, RemovalEvent};
use crate::domain::object_ref::ObjectRef;
use crate::plan::Delete;

pub(super) async fn delete(writer: &Writer<'_, '_>, step: &Delete) -> Result<(), Error> {
    writer.report(Event::Removal(RemovalEvent::RemovalStarted { what: step.what }));
    let objects = all(writer, step).await?;
    writer.begin(&format!("{} were being deleted", step.what.as_str()))?;
    let work: Vec<_> = objects.iter().map(|object| deleted(writer, object)).collect();
    let done: Result<Vec<()>, Error> = stream::iter(work).buffered(AT_ONCE).try_collect().await;
    writer.account.settle();
    done?;
    until_gone(writer, step, objects).await?;
    writer.account.add(format!("{} are gone", step.what.as_str()));
    writer.report(Event::Removal(RemovalEvent::Gone { what: step.what, was_there: true }));
    Ok(())
}

/// What the plan names, and what is there besides by now.
async fn all(writer: &Writer<'_, '_>, step: &Delete) -> Result<Vec<ObjectRef>, Error> {
    let mut objects = step.objects.clone();
    for set in &step.sets {
        for object in writer.worlds.cluster.names_of(set).await? {
            if !objects.contains(&object) {
                objects.push(object);
            }
        }
    }
    Ok(objects)
}

async fn deleted(writer: &Writer<'_, '_>, object: &ObjectRef) -> Result<(), Error> {
    let cluster = &writer.worlds.cluster;
    // What is on its way already is only waited for.
    let live = cluster.get_metadata(object).await?;
    let is_deleted = |live: &serde_json::Value| live["metadata"]["deletionTimestamp"].is_string();
    if live.as_ref().is_none_or(is_deleted) {
        return Ok(());
    }
    if cluster.delete(object).await? {
        writer.report(Event::Removal(RemovalEvent::Deleted { object: object.clone() }));
    }
    Ok(())
}

/// Waits, telling what is still there whenever that changes.
async fn until_gone(writer: &Writer<'_, '_>, step: &Delete, objects: Vec<ObjectRef>) -> Result<(), Error> {
    let cluster = &writer.worlds.cluster;
    let mut pending = objects;
    let mut backoff = Backoff::new(&writer.session.limits);
    let mut told: Vec<ObjectRef> = Vec::new();
    loop {
        writer.session.go_on()?;
        let left = match still_there(cluster, step, &mut pending).await {
            Ok(left) => left,
            // Time is over; what was there last is there still, as far as anybody knows.
            Err(ClusterError::Timeout { .. }) if !told.is_empty() => return Err(not_gone(writer, step, &told).await),
            Err(error) => return Err(error.into()),
        };
        if left.is_empty() {
            writer.account.wait_for(Vec::new());
            return Ok(());
        }
        if left != told {
            writer.account.wait_for(left.iter().map(|object| format!("`{object}` is still there")).collect());
            writer.report(Event::Removal(RemovalEvent::Remaining { what: step.what, objects: left.clone() }));
            told = left;
        }
        let Ok(pause) = backoff.next(None, Persistence::ToTheEnd) else {
            return Err(not_gone(writer, step, &told).await);
        };
        tokio::time::sleep(pause).await;
        // A controller that lived until a moment ago may have put its finalizer back.
        for set in &step.instances {
            strip::kind(cluster, set).await?;
        }
    }
}

async fn not_gone(writer: &Writer<'_, '_>, step: &Delete, left: &[ObjectRef]) -> Error {
    let names: Vec<String> = left.iter().map(|object| format!("`{object}`")).collect();
    let what = step.what.as_str();
    let count = match left.len() {
        1 => "1 object is still there".to_owned(),
        count => format!("{count} objects are still there"),
    };
    let mut error = Error::new(Kind::NotReady, format!("{what} are not gone: {count}"))
        .caused_by(names.join(", "))
        .hint("When the cause is gone, run the same command again: it goes on from here.");
    let cluster = writer.worlds.cluster.for_diagnosis();
    for reason in why_still_there(&cluster, step, left).await {
        error = error.caused_by(reason);
    }
    error
}
