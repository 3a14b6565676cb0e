//! What a rotation keeps of the credential that it replaces, and puts back where the new one is not proven. Pure.

use std::collections::BTreeMap;

use crate::domain::cluster_secret::{SecretWrite, StoredSecret};
use crate::domain::config::Secret;
use crate::domain::event::ObjectChange;
use crate::plan::PutBack;
use crate::rotate::facts::Replacement;

/// The write with all that it keeps, and what the proof needs of it.
pub(super) struct Restorable {
    /// The new credential, and the last one that was proven.
    pub(super) write: SecretWrite,
    /// What is done where the new one is not proven.
    pub(super) undo: Option<PutBack>,
    /// What the Secret holds, where the proof ends that another one is kept.
    pub(super) settles: Option<SecretWrite>,
}

/// The one before is kept in the Secret itself, so that it is never anywhere else, and a run that is killed leaves it to the next.
/// An earlier one that was never proven is not worth keeping: the one before that is.
pub(super) fn restorable(replacement: &Replacement, stored: Option<&StoredSecret>, rolls_back: bool) -> Restorable {
    let write = &replacement.write;
    let changes = replacement.change.change() != ObjectChange::Unchanged;
    let pending = stored.is_some_and(|stored| !stored.before.is_empty());
    let before = stored.filter(|_| rolls_back && (changes || pending)).map(|stored| before(write, stored));
    // Who goes back to the one that was proven has nothing to go back to besides.
    let before = before.filter(|before| !returns_to(write, before));
    let kept = before.clone().filter(|_| changes).unwrap_or_default();
    let settles = pending || !kept.is_empty();
    Restorable {
        undo: before.map(|before| PutBack::of(write.clone(), before)),
        settles: settles.then(|| write.clone()),
        write: SecretWrite { before: kept, ..write.clone() },
    }
}

/// What the keys that the run writes or removes held when it was last proven.
fn before(write: &SecretWrite, stored: &StoredSecret) -> BTreeMap<String, Secret<Vec<u8>>> {
    if !stored.before.is_empty() {
        return stored.before.clone();
    }
    let is_written = |key: &String| write.owned.contains(key) || write.keys.contains_key(key);
    stored.keys.iter().filter(|(key, _)| is_written(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn returns_to(write: &SecretWrite, before: &BTreeMap<String, Secret<Vec<u8>>>) -> bool {
    let of_credential = |keys: &BTreeMap<String, Secret<Vec<u8>>>| {
        keys.iter()
            .filter(|(key, _)| write.owned.contains(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Vec<_>>()
    };
    !before.is_empty() && of_credential(&write.keys) == of_credential(before)
}
