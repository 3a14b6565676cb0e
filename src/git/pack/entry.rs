//! What stands before the content of each object in a pack.

use super::PackError;
use crate::domain::object_id::{ObjectId, ObjectKind};

/// What an entry of a pack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An object as it is; `None` is a tag, of which only the id is found out.
    Whole(Option<ObjectKind>),
    /// A delta whose base begins so many bytes before it.
    Offset(u64),
    /// A delta whose base has this id.
    Reference(ObjectId),
}

/// The form of an entry, and how many bytes its content has once it is inflated; `next` gives the bytes of the pack.
pub(super) fn header(mut next: impl FnMut() -> Result<u8, PackError>) -> Result<(Form, u64), PackError> {
    let first = next()?;
    let mut size = u64::from(first & 0x0f);
    let (mut byte, mut shift) = (first, 4);
    while byte & 0x80 != 0 {
        byte = next()?;
        if shift > 56 {
            return Err(PackError::Broken("an object announces a size beyond all measure"));
        }
        size |= u64::from(byte & 0x7f) << shift;
        shift += 7;
    }
    let form = match (first >> 4) & 7 {
        1 => Form::Whole(Some(ObjectKind::Commit)),
        2 => Form::Whole(Some(ObjectKind::Tree)),
        3 => Form::Whole(Some(ObjectKind::Blob)),
        4 => Form::Whole(None),
        6 => Form::Offset(distance(next)?),
        7 => {
            let mut id = [0; 20];
            for byte in &mut id {
                *byte = next()?;
            }
            Form::Reference(ObjectId::from_bytes(id))
        }
        _ => return Err(PackError::Broken("an object is of no known kind")),
    };
    Ok((form, size))
}

/// The distance to the base: seven bits a byte, the highest first, and one more for each further byte.
fn distance(mut next: impl FnMut() -> Result<u8, PackError>) -> Result<u64, PackError> {
    let mut byte = next()?;
    let mut distance = u64::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        byte = next()?;
        distance = distance
            .checked_add(1)
            .and_then(|distance| distance.checked_mul(128))
            .ok_or(PackError::Broken("a delta has its base beyond all measure"))?;
        distance |= u64::from(byte & 0x7f);
    }
    Ok(distance)
}
