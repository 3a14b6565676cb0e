//! The objects of a pack, in a few bytes each.

use super::PackError;
use super::entry::Form;
use crate::domain::object_id::{ObjectId, ObjectKind};

/// The objects in the order of the pack. An object is called by its place in that order.
#[derive(Default)]
pub(super) struct Entries {
    offsets: Vec<u64>,
    /// Zero where it is not known, which is no object's id that anybody has found.
    ids: Vec<ObjectId>,
    marks: Vec<Mark>,
    /// The base of each that is a delta, where it is known.
    bases: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Commit,
    Tree,
    Blob,
    Tag,
    Delta,
}

/// No base.
const NONE: u32 = u32::MAX;

impl Entries {
    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Adds the next one; `id` is known of what is no delta.
    pub(super) fn add(&mut self, offset: u64, form: Form, id: Option<ObjectId>) -> Result<(), PackError> {
        let base = match form {
            Form::Offset(distance) => {
                let at = offset.checked_sub(distance).and_then(|base| self.offsets.binary_search(&base).ok());
                at.and_then(|at| u32::try_from(at).ok()).ok_or(PackError::Broken("a delta's base is no object"))?
            }
            Form::Whole(_) | Form::Reference(_) => NONE,
        };
        self.offsets.push(offset);
        self.ids.push(id.unwrap_or(ObjectId::ZERO));
        self.marks.push(match form {
            Form::Whole(Some(ObjectKind::Commit)) => Mark::Commit,
            Form::Whole(Some(ObjectKind::Tree)) => Mark::Tree,
            Form::Whole(Some(ObjectKind::Blob)) => Mark::Blob,
            Form::Whole(None) => Mark::Tag,
            Form::Offset(_) | Form::Reference(_) => Mark::Delta,
        });
        self.bases.push(base);
        Ok(())
    }

    pub(super) fn offset(&self, at: u32) -> u64 {
        self.offsets[at as usize]
    }

    pub(super) fn id(&self, at: u32) -> Option<ObjectId> {
        Some(self.ids[at as usize]).filter(|id| *id != ObjectId::ZERO)
    }

    pub(super) fn base(&self, at: u32) -> Option<u32> {
        Some(self.bases[at as usize]).filter(|base| *base != NONE)
    }

    /// Whether it is a delta of which nothing is known yet.
    pub(super) fn is_delta(&self, at: u32) -> bool {
        self.marks[at as usize] == Mark::Delta
    }

    /// What it is; none for a tag, and for a delta as long as its base is not known.
    pub(super) fn kind(&self, at: u32) -> Option<ObjectKind> {
        match self.marks[at as usize] {
            Mark::Commit => Some(ObjectKind::Commit),
            Mark::Tree => Some(ObjectKind::Tree),
            Mark::Blob => Some(ObjectKind::Blob),
            Mark::Tag | Mark::Delta => None,
        }
    }

    /// Notes what was found out of a delta.
    pub(super) fn learn(&mut self, at: u32, base: u32, id: ObjectId) {
        self.bases[at as usize] = base;
        self.marks[at as usize] = self.marks[base as usize];
        self.ids[at as usize] = id;
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.len()).unwrap_or(NONE)
    }

    /// Those whose id is known, in its order.
    pub(super) fn by_id(&self) -> Vec<u32> {
        let mut known: Vec<u32> = self.all().filter(|at| self.id(*at).is_some()).collect();
        known.sort_unstable_by_key(|at| self.ids[*at as usize]);
        known
    }
}
