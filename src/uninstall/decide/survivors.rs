//! What must live on: objects of the inventories that are neither Flux's own nor in a namespace that goes.

use std::collections::BTreeMap;

use crate::domain::object_ref::ObjectRef;
use crate::domain::survivor::{Applied, Survivor};
use crate::uninstall::case::Facts;

/// What the proof will count, and what it cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Survivors {
    /// Must be there in the end.
    pub all: Vec<Survivor>,
    /// Named by an inventory, but not there any more.
    pub absent: Vec<ObjectRef>,
    /// Being deleted already.
    pub deleting: Vec<ObjectRef>,
}

/// None where the cluster could not be asked.
pub(crate) fn of(facts: &Facts<'_>) -> Option<Survivors> {
    let standings = facts.answers.standings.known()?;
    let mut survivors = Survivors::default();
    let mut all: BTreeMap<(String, String, Option<String>, String), Survivor> = BTreeMap::new();
    for (applied, standing) in facts.draft.inquiry.applied.iter().zip(standings) {
        match standing {
            Some(standing) if standing.part_of_flux => {}
            Some(standing) if standing.deleting => survivors.deleting.push(applied.object.clone()),
            Some(standing) => {
                all.insert(key(applied), Survivor { applied: applied.clone(), uid: standing.uid.clone() });
            }
            None => survivors.absent.push(applied.object.clone()),
        }
    }
    for noted in noted(facts) {
        survivors.absent.retain(|object| !crate::uninstall::draft::is_same(object, &noted.applied.object));
        all.insert(key(&noted.applied), noted.clone());
    }
    survivors.all = all.into_values().collect();
    Some(survivors)
}

/// What an earlier run noted. While kustomize-controller is installed the inventories are the truth: that run had come to
/// nothing that matters, and Flux may have gone on since.
fn noted<'a>(facts: &Facts<'a>) -> &'a [Survivor] {
    let found = facts.found;
    if found.controllers.iter().any(|controller| controller.name == "kustomize-controller") {
        return &[];
    }
    let note = found.namespace.as_ref().and_then(|namespace| namespace.note.as_ref());
    note.map_or(&[], |note| note.survivors.as_slice())
}

fn key(applied: &Applied) -> (String, String, Option<String>, String) {
    let object = &applied.object;
    (object.group().to_owned(), object.kind.clone(), object.namespace.clone(), object.name.clone())
}
