//! The objects that are here: those of packs received from the server, and the few of our own commit in memory. There
//! is no repository around them, so no user's git configuration is ever read.

use std::collections::HashMap;
use std::io::{self, Read, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha1::{Digest as _, Sha1};

use super::error::GitError;
use super::pack::{self, MOST_OBJECTS, Pack, PackError};
use crate::domain::limits::Limits;
use crate::domain::object_id::{ObjectId, ObjectKind};

/// Objects by id. Packs lie in files without a name, which vanish with this, however the program ends.
#[derive(Default)]
pub(super) struct Objects {
    packs: Vec<Pack>,
    own: HashMap<ObjectId, (ObjectKind, Vec<u8>)>,
}

/// How large an object may be that is read, in bytes: a tree of that size has some 100,000 entries.
const fn most(kind: ObjectKind) -> usize {
    match kind {
        ObjectKind::Commit => 1 << 20,
        ObjectKind::Tree => 4 << 20,
        ObjectKind::Blob => 8 << 20,
    }
}

impl Objects {
    /// Whether the object can be read without asking the server.
    pub(super) fn contains(&self, id: ObjectId) -> bool {
        self.own.contains_key(&id) || self.packs.iter().any(|pack| pack.contains(id))
    }

    /// An object's content; an error when it is absent, of another kind, or too large.
    pub(super) fn read(&self, id: ObjectId, kind: ObjectKind) -> Result<Vec<u8>, GitError> {
        let name = kind.as_str();
        let of_kind = |found, content| match found == Some(kind) {
            true => Ok(content),
            false => Err(GitError::Objects(format!("`{id}` is not a {name}"))),
        };
        if let Some((found, content)) = self.own.get(&id) {
            return of_kind(Some(*found), content.clone());
        }
        for pack in &self.packs {
            match pack.read(id, most(kind)) {
                Ok(None) => {}
                Ok(Some(found)) => return of_kind(found.kind, found.content),
                Err(PackError::Disk(error)) => return Err(storage(error)),
                Err(error) => return Err(GitError::Objects(format!("{name} `{id}`: {error}"))),
            }
        }
        Err(GitError::Objects(format!("{name} `{id}` is missing")))
    }

    /// Keeps an object of our own.
    pub(super) fn add(&mut self, kind: ObjectKind, content: Vec<u8>) -> ObjectId {
        let id = ObjectId::of(kind, &content);
        self.own.entry(id).or_insert((kind, content));
        id
    }

    /// How many bytes the packs take on the disk.
    pub(super) fn size(&self) -> u64 {
        self.packs.iter().map(Pack::size).sum()
    }

    /// Reads a pack to its end, within the limits, and keeps it.
    pub(super) fn receive_pack(&mut self, stream: impl Read, limits: &Limits) -> Result<(), PackError> {
        let file = tempfile::tempfile().map_err(PackError::Disk)?;
        let room = MOST_OBJECTS.saturating_sub(self.packs.iter().map(Pack::len).sum());
        self.packs.push(pack::receive(stream, file, room, limits)?);
        Ok(())
    }

    /// A pack of objects of our own, in the given order, without deltas.
    pub(super) fn pack(&self, ids: &[ObjectId]) -> Result<Vec<u8>, GitError> {
        let count = u32::try_from(ids.len()).map_err(|_| GitError::Objects("too many objects".into()))?;
        let mut pack = Vec::new();
        pack.extend_from_slice(b"PACK\0\0\0\x02");
        pack.extend_from_slice(&count.to_be_bytes());
        for id in ids {
            let (kind, content) =
                self.own.get(id).ok_or_else(|| GitError::Objects(format!("`{id}` is not of this commit")))?;
            pack_header(&mut pack, *kind, content.len());
            let mut encoder = ZlibEncoder::new(pack, Compression::default());
            encoder.write_all(content).map_err(storage)?;
            pack = encoder.finish().map_err(storage)?;
        }
        let checksum = Sha1::digest(&pack);
        pack.extend_from_slice(&checksum);
        Ok(pack)
    }
}

/// Type and size: four bits of size beside the type, then seven at a time (gitformat-pack).
fn pack_header(pack: &mut Vec<u8>, kind: ObjectKind, size: usize) {
    let mut byte = (kind.pack_number() << 4) | (size & 0x0f) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        pack.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    pack.push(byte);
}

/// A failure of the disk, with the folder that people can choose.
pub(super) fn storage(source: io::Error) -> GitError {
    GitError::Storage { folder: std::env::temp_dir(), source }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon() -> Limits {
        Limits::after(Duration::from_secs(60))
    }

    #[test]
    fn what_is_packed_can_be_received() {
        let mut sender = Objects::default();
        let large = (0..100_000_u32).flat_map(u32::to_be_bytes).collect::<Vec<_>>();
        let ids = [b"".to_vec(), b"a".to_vec(), vec![b'x'; 16], large.clone()]
            .map(|content| sender.add(ObjectKind::Blob, content));
        let pack = sender.pack(&ids).unwrap();

        let mut receiver = Objects::default();
        assert!(!receiver.contains(ids[3]));
        receiver.receive_pack(pack.as_slice(), &soon()).unwrap();
        assert_eq!(receiver.size(), pack.len() as u64);
        assert_eq!(receiver.read(ids[3], ObjectKind::Blob).unwrap(), large);
        assert_eq!(receiver.read(ids[0], ObjectKind::Blob).unwrap(), b"");
        assert!(receiver.read(ids[0], ObjectKind::Tree).is_err());
    }

    #[test]
    fn an_object_is_not_inflated_beyond_what_its_kind_needs() {
        let mut sender = Objects::default();
        let id = sender.add(ObjectKind::Commit, vec![b' '; 2 << 20]);
        let pack = sender.pack(&[id]).unwrap();
        let mut receiver = Objects::default();
        receiver.receive_pack(pack.as_slice(), &soon()).unwrap();
        let error = receiver.read(id, ObjectKind::Commit).unwrap_err().to_string();
        assert!(error.ends_with(&format!("commit `{id}`: it is larger than 1 MiB")), "{error}");
    }
}
