//! Flux is told to act on objects no more.

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::writer::{AT_ONCE, Writer};
use crate::cluster::Extent;
use crate::domain::error::Error;
use crate::domain::event::{Event, SteeringEvent};
use crate::domain::object_ref::ObjectRef;
use crate::plan::Suspend;

/// Objects whose content is read carry inventories.
const EXTENT: Extent = Extent::Whole { page: 25 };

pub(super) async fn suspend(writer: &Writer<'_, '_>, step: &Suspend) -> Result<(), Error> {
    let cluster = &writer.worlds.cluster;
    for set in &step.sets {
        let mut active: Vec<ObjectRef> = Vec::new();
        let take = &mut |object: serde_json::Value| {
            active.extend(ObjectRef::of(&object).filter(|_| object["spec"]["suspend"] != true));
        };
        cluster.each(set, EXTENT, take).await?;
        if active.is_empty() {
            continue;
        }
        let plural = format!("{}s", set.kind);
        writer.begin(&format!("{plural} were being suspended"))?;
        let patches: Vec<_> = active.iter().map(|object| cluster.set_suspended(object, true)).collect();
        let suspended: Result<Vec<bool>, _> = stream::iter(patches).buffered(AT_ONCE).try_collect().await;
        writer.account.settle();
        let there = suspended?;
        let objects: Vec<ObjectRef> =
            active.into_iter().zip(there).filter(|(_, there)| *there).map(|(object, _)| object).collect();
        writer.account.add(format!("{} {plural} suspended", objects.len()));
        writer.report(Event::Steering(SteeringEvent::Suspended { kind: set.kind.clone(), objects }));
    }
    Ok(())
}
