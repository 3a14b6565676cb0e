//! Deltas: an object as copies of parts of another one, and new bytes between them (gitformat-pack, "Deltified
//! representation").

use super::{MOST_DELTA, PackError};

const CUT: PackError = PackError::Broken("a delta ends within an instruction");

/// What a delta makes of its base.
pub(super) fn apply(base: &[u8], delta: &[u8]) -> Result<Vec<u8>, PackError> {
    let mut rest = delta;
    if size(&mut rest)? != base.len() as u64 {
        return Err(PackError::Broken("a delta is made for another base"));
    }
    let announced = usize::try_from(size(&mut rest)?).unwrap_or(usize::MAX);
    if announced > MOST_DELTA {
        return Err(PackError::larger(MOST_DELTA));
    }
    let mut content = Vec::with_capacity(announced);
    while let Some((instruction, after)) = rest.split_first() {
        rest = after;
        let part = match instruction {
            0 => return Err(PackError::Broken("a delta holds an instruction that is reserved")),
            copy if copy & 0x80 != 0 => copied(base, *copy, &mut rest)?,
            count => {
                let (part, after) = rest.split_at_checked(usize::from(*count)).ok_or(CUT)?;
                rest = after;
                part
            }
        };
        if content.len() + part.len() > announced {
            return Err(PackError::Broken("a delta makes more than it announces"));
        }
        content.extend_from_slice(part);
    }
    if content.len() < announced { Err(PackError::Broken("a delta makes less than it announces")) } else { Ok(content) }
}

/// The part of the base that an instruction names: the low bits of `copy` say which bytes of offset and length follow.
fn copied<'a>(base: &'a [u8], copy: u8, rest: &mut &[u8]) -> Result<&'a [u8], PackError> {
    let mut number = |bits: std::ops::Range<u32>| {
        let first = bits.start;
        bits.filter(|bit| copy & (1 << bit) != 0).try_fold(0, |number, bit| {
            let (byte, after) = rest.split_first().ok_or(CUT)?;
            *rest = after;
            Ok::<usize, PackError>(number | usize::from(*byte) << (8 * (bit - first)))
        })
    };
    let (offset, length) = (number(0..4)?, number(4..7)?);
    let length = if length == 0 { 0x1_0000 } else { length };
    base.get(offset..offset.saturating_add(length)).ok_or(PackError::Broken("a delta copies from beyond its base"))
}

/// A number of seven bits a byte, the lowest first.
fn size(rest: &mut &[u8]) -> Result<u64, PackError> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(CUT)?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(PackError::Broken("a delta announces a size beyond all measure"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_new_bytes_make_the_object() {
        // Of "hello world": the first six bytes, then "there".
        let delta = [11, 11, 0x90, 6, 5, b't', b'h', b'e', b'r', b'e'];
        assert_eq!(apply(b"hello world", &delta).unwrap(), b"hello there");
        // Offset and length in their own bytes; a length of nought is 64 KiB.
        let base = vec![b'x'; 0x1_0003];
        let delta = [0x83, 0x80, 4, 0x80, 0x80, 4, 0x81, 3];
        assert_eq!(apply(&base, &delta).unwrap(), vec![b'x'; 0x1_0000]);
    }

    #[test]
    fn nothing_a_delta_says_is_believed() {
        for (delta, words) in [
            (&[12, 1, 1, b'a'][..], "another base"),
            (&[11, 1, 2, b'a', b'b'], "more than it announces"),
            (&[11, 3, 2, b'a', b'b'], "less than it announces"),
            (&[11, 1, 0x91, 11, 1], "beyond its base"),
            (&[11, 1, 5, b'a'], "within an instruction"),
            (&[11, 1, 0x91], "within an instruction"),
            (&[11, 1, 0], "reserved"),
            (&[11, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], "larger than 8 MiB"),
            (&[0x80; 12], "beyond all measure"),
            (&[], "within an instruction"),
        ] {
            let error = apply(b"hello world", delta).unwrap_err().to_string();
            assert!(error.contains(words), "{delta:?}: {error}");
        }
    }
}
