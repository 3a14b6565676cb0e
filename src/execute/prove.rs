//! The proof: nothing of Flux is left, and all that it applied is there.

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::writer::{AT_ONCE, Writer};
use crate::cluster::{Cluster, ClusterError, Standing};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Phase, RemovalEvent, Removed};
use crate::domain::object_ref::ObjectRef;
use crate::domain::survivor::{Applied, Survivor};
use crate::plan::Prove;

/// So many names are told of what is left or lost.
const SHOWN: usize = 20;

pub(super) async fn prove(writer: &Writer<'_, '_>, step: &Prove) -> Result<(), Error> {
    writer.report(Event::PhaseStarted { phase: Phase::Wait });
    let cluster = &writer.worlds.cluster;
    let applied: Vec<Applied> = step.survivors.iter().map(|survivor| survivor.applied.clone()).collect();
    let (left, standings) = futures::join!(left(cluster, step), cluster.standings(&applied));
    let (left, standings) = (left?, standings?);
    let lost: Vec<String> = step
        .survivors
        .iter()
        .zip(&standings)
        .filter_map(|(survivor, standing)| lost(survivor, standing.as_ref()))
        .collect();
    if left.is_empty() {
        writer.report(Event::Removal(RemovalEvent::Gone { what: Removed::Everything, was_there: step.was_there }));
    }
    let expected = step.survivors.len();
    writer.report(Event::Removal(RemovalEvent::Survivors {
        expected,
        found: expected - lost.len(),
        lost: lost.clone(),
    }));
    let mut failures: Vec<Error> = Vec::new();
    if !left.is_empty() {
        let names: Vec<String> = left.iter().map(|object| format!("`{object}` is still there")).collect();
        failures.push(failed("something of Flux is left".to_owned(), &names).hint("Run the same command again."));
    }
    if !lost.is_empty() {
        let message = format!("lost: {} of {expected} objects that Flux applied", lost.len());
        failures
            .push(failed(message, &lost).hint("Look who deleted them: this run deletes nothing that Flux applied."));
    }
    if failures.is_empty() { Ok(()) } else { Err(Error::together(failures)) }
}

fn failed(message: String, names: &[String]) -> Error {
    let more = names.len().saturating_sub(SHOWN);
    let error = names.iter().take(SHOWN).fold(Error::new(Kind::NotReady, message), Error::caused_by);
    if more == 0 { error } else { error.caused_by(format!("and {more} more")) }
}

/// Why an object does not count as surviving.
fn lost(survivor: &Survivor, standing: Option<&Standing>) -> Option<String> {
    let object = &survivor.applied.object;
    match standing {
        None => Some(format!("`{object}` is gone")),
        // A note holds the beginning of the uid alone.
        Some(standing) if !standing.uid.starts_with(&survivor.uid) => {
            Some(format!("`{object}` was deleted and made anew"))
        }
        Some(standing) if standing.deleting => Some(format!("`{object}` is being deleted")),
        Some(_) => None,
    }
}

/// What should be gone and is there.
async fn left(cluster: &Cluster, step: &Prove) -> Result<Vec<ObjectRef>, ClusterError> {
    let sets: Vec<_> = step.absent_sets.iter().map(|set| cluster.names_of(set)).collect();
    let sets: Vec<Vec<ObjectRef>> = stream::iter(sets).buffered(AT_ONCE).try_collect().await?;
    let mut left: Vec<ObjectRef> = sets.into_iter().flatten().collect();
    let unlisted: Vec<ObjectRef> = step.absent.iter().filter(|object| !left.contains(object)).cloned().collect();
    left.extend(cluster.those_there(&unlisted).await?);
    left.sort();
    left.dedup();
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::survivor::Applier;

    #[test]
    fn only_the_same_object_that_stays_counts() {
        let object = ObjectRef::namespaced("v1", "ConfigMap", "apps", "a");
        let survivor = Survivor { applied: Applied { object, by: Applier::Kustomization }, uid: "0a1b2c3d".into() };
        let standing = |uid: &str, deleting: bool| Standing { uid: uid.to_owned(), deleting, part_of_flux: false };
        let told = |standing: Option<&Standing>| lost(&survivor, standing).unwrap_or_default();
        assert_eq!(told(Some(&standing("0a1b2c3d-1111", false))), "");
        assert_eq!(told(Some(&standing("0a1b2c3d-1111", true))), "`ConfigMap/apps/a` is being deleted");
        assert_eq!(told(Some(&standing("ffffffff-1111", false))), "`ConfigMap/apps/a` was deleted and made anew");
        assert_eq!(told(None), "`ConfigMap/apps/a` is gone");
    }
}
