//! Taking in a pack.

use std::fs::File;
use std::io::Read;

use sha1::{Digest as _, Sha1};

use super::entries::Entries;
use super::entry::{self, Form};
use super::intake::Intake;
use super::resolve::{Pending, resolve};
use super::stored::Pack;
use super::{MOST_OBJECTS, PackError};
use crate::domain::limits::Limits;
use crate::domain::object_id::ObjectId;

/// Reads a pack to its end into a file. `room` is how many objects are still taken.
/// That the objects belong together is not checked: a pack without blobs lacks them on purpose.
pub(in crate::git) fn receive(stream: impl Read, file: File, room: usize, limits: &Limits) -> Result<Pack, PackError> {
    let mut intake = Intake::new(stream, &file, limits);
    if intake.is_over()? {
        return Err(PackError::Broken("it is empty"));
    }
    if intake.number()? != u32::from_be_bytes(*b"PACK") || !matches!(intake.number()?, 2 | 3) {
        return Err(PackError::Broken("it does not begin as a pack does"));
    }
    let count = intake.number()? as usize;
    if count > room {
        return Err(PackError::TooLarge(format!(
            "it announces {count} objects, more than {MOST_OBJECTS} are not taken"
        )));
    }
    let mut entries = Entries::default();
    let mut pending = Pending::default();
    for _ in 0..count {
        take_one(&mut intake, &mut entries, &mut pending)?;
    }
    let size = intake.end()?;
    let mut pack = Pack::new(file, size, entries);
    resolve(&mut pack, pending, limits)?;
    Ok(pack.ready())
}

/// Takes in one object, and its id where it is no delta.
fn take_one(intake: &mut Intake<'_, impl Read>, entries: &mut Entries, pending: &mut Pending) -> Result<(), PackError> {
    let offset = intake.position;
    let (form, size) = entry::header(|| intake.byte())?;
    let id = match form {
        Form::Whole(kind) => {
            let mut hash = Sha1::new();
            hash.update(format!("{} {size}\0", kind.map_or("tag", |kind| kind.as_str())));
            intake.inflate(size, |piece| hash.update(piece))?;
            Some(ObjectId::from_bytes(hash.finalize().into()))
        }
        Form::Offset(_) | Form::Reference(_) => {
            intake.inflate(size, |_| ())?;
            None
        }
    };
    entries.add(offset, form, id)?;
    pending.add(entries, form)
}
