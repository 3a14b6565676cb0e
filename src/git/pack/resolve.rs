//! Finding out the ids of the objects that are stored as deltas.

use super::PackError;
use super::entries::Entries;
use super::entry::Form;
use super::stored::Pack;
use crate::domain::limits::Limits;
use crate::domain::object_id::ObjectId;

/// The deltas of a pack, by what they wait for.
#[derive(Default)]
pub(super) struct Pending {
    by_place: Vec<(u32, u32)>,
    by_id: Vec<(ObjectId, u32)>,
}

impl Pending {
    /// Notes the entry that was added last, if it waits for its base.
    pub(super) fn add(&mut self, entries: &Entries, form: Form) -> Result<(), PackError> {
        let last = u32::try_from(entries.len() - 1).map_err(|_| PackError::Broken("it holds too many objects"))?;
        match (form, entries.base(last)) {
            (Form::Reference(base), _) => self.by_id.push((base, last)),
            (Form::Offset(_), Some(base)) => self.by_place.push((base, last)),
            _ => {}
        }
        Ok(())
    }

    /// Those whose base this object is.
    fn on(&self, at: u32, id: ObjectId) -> impl Iterator<Item = u32> {
        let start = self.by_place.partition_point(|(base, _)| *base < at);
        let by_place = self.by_place[start..].iter().take_while(move |(base, _)| *base == at).map(|(_, delta)| *delta);
        let start = self.by_id.partition_point(|(base, _)| *base < id);
        by_place.chain(self.by_id[start..].iter().take_while(move |(base, _)| *base == id).map(|(_, delta)| *delta))
    }
}

/// Goes from each object that is none to the deltas made of it, and from those on. What rests on an object that is not
/// here, or that is too large, stays without an id: if it is needed, it will be missed.
pub(super) fn resolve(pack: &mut Pack, mut pending: Pending, limits: &Limits) -> Result<(), PackError> {
    pending.by_place.sort_unstable();
    pending.by_id.sort_unstable();
    if pending.by_place.is_empty() && pending.by_id.is_empty() {
        return Ok(());
    }
    let mut ready: Vec<u32> = Vec::new();
    for root in pack.entries.all().filter(|at| !pack.entries.is_delta(*at)).collect::<Vec<_>>() {
        ready.push(root);
        while let Some(base) = ready.pop() {
            let (Some(id), Some(kind)) = (pack.entries.id(base), pack.entries.kind(base)) else { continue };
            let waiting: Vec<u32> = pending.on(base, id).filter(|delta| pack.entries.id(*delta).is_none()).collect();
            for delta in waiting {
                limits.left()?;
                match pack.undelta(base, delta) {
                    Ok(content) => {
                        pack.entries.learn(delta, base, ObjectId::of(kind, &content));
                        pack.keep(delta, content);
                        ready.push(delta);
                    }
                    Err(PackError::TooLarge(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(())
}
