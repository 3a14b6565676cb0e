//! Flux's finalizer is taken off objects of its kinds, and no other.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use super::writer::{AT_ONCE, Writer};
use crate::cluster::{Cluster, ClusterError, Extent};
use crate::domain::error::Error;
use crate::domain::event::{Event, RemovalEvent};
use crate::domain::object_ref::ObjectRef;
use crate::domain::object_set::ObjectSet;
use crate::flux_api::finalizers;
use crate::plan::Strip;

/// What came of one kind.
#[derive(Debug, Default)]
pub(super) struct Stripped {
    /// Objects that carried Flux's finalizer.
    pub(super) objects: Vec<ObjectRef>,
    /// Finalizers of others, as `Kind/namespace/name: finalizer`.
    pub(super) foreign: Vec<String>,
}

pub(super) async fn strip(writer: &Writer<'_, '_>, step: &Strip) -> Result<(), Error> {
    let cluster = &writer.worlds.cluster;
    let mut count = 0;
    writer.begin("finalizers were being taken off")?;
    for set in &step.sets {
        let stripped = kind(cluster, set).await.inspect_err(|_| writer.account.settle())?;
        if stripped.objects.is_empty() && stripped.foreign.is_empty() {
            continue;
        }
        count += stripped.objects.len();
        let (kind, foreign) = (set.kind.clone(), stripped.foreign);
        writer.report(Event::Removal(RemovalEvent::FinalizersRemoved { kind, count: stripped.objects.len(), foreign }));
    }
    writer.account.settle();
    writer.account.add(format!("Flux's finalizer is off {count} objects"));
    Ok(())
}

/// Takes the finalizer off all objects of a kind.
pub(super) async fn kind(cluster: &Cluster, set: &ObjectSet) -> Result<Stripped, ClusterError> {
    let (mut held, mut stripped) = (Vec::new(), Stripped::default());
    cluster
        .each(set, Extent::Metadata, &mut |object| {
            let Some(reference) = ObjectRef::of(&object) else { return };
            let foreign = finalizers::others(&object).into_iter();
            stripped.foreign.extend(foreign.map(|name| format!("{reference}: {name}")));
            if finalizers::has_ours(&object) {
                held.push((reference, what_is_needed(&object)));
            }
        })
        .await?;
    let work: Vec<_> = held.iter().map(|(object, live)| cluster.take_finalizer_off(object, live.clone())).collect();
    stream::iter(work).buffered(AT_ONCE).try_collect::<Vec<()>>().await?;
    stripped.objects = held.into_iter().map(|(object, _)| object).collect();
    Ok(stripped)
}

/// Metadata without what else it carries, for thousands of objects.
fn what_is_needed(object: &Value) -> Value {
    let metadata = &object["metadata"];
    json!({"metadata": {
        "finalizers": metadata["finalizers"], "resourceVersion": metadata["resourceVersion"], "uid": metadata["uid"],
    }})
}
