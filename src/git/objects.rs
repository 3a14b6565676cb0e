//! The temporary object store: packs received from the server, indexed by libgit2, and the few objects of our
//! own commit in memory. There is no repository around it, so no user's git configuration is ever read.

use std::collections::HashMap;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha1::{Digest as _, Sha1};
use tempfile::TempDir;

use super::error::GitError;
use crate::domain::object_id::{ObjectId, ObjectKind};

/// Objects by id. The folder is removed when this is dropped.
pub(super) struct Objects {
    database: git2::Odb<'static>,
    own: HashMap<ObjectId, (ObjectKind, Vec<u8>)>,
    packs: PathBuf,
    folder: TempDir,
}

impl Objects {
    /// An empty store in a new temporary folder that only this user can enter.
    pub(super) fn new() -> Result<Self, GitError> {
        let folder = tempfile::Builder::new().prefix("flux-git-").tempdir().map_err(storage)?;
        let packs = folder.path().join("pack");
        fs_err::create_dir(&packs).map_err(storage)?;
        let database = git2::Odb::new().map_err(broken)?;
        let mut objects = Self { database, own: HashMap::new(), packs, folder };
        objects.reload()?;
        Ok(objects)
    }

    /// Opens the folder afresh, so that new packs are seen.
    fn reload(&mut self) -> Result<(), GitError> {
        let path = self
            .folder
            .path()
            .to_str()
            .ok_or_else(|| storage(io::Error::other("the path of the temporary folder is not UTF-8")))?;
        let database = git2::Odb::new().map_err(broken)?;
        database.add_disk_alternate(path).map_err(broken)?;
        self.database = database;
        Ok(())
    }

    /// Whether the object can be read without asking the server.
    pub(super) fn contains(&self, id: ObjectId) -> bool {
        self.own.contains_key(&id) || self.database.exists_ext(oid(id), git2::OdbLookupFlags::NO_REFRESH)
    }

    /// An object's content; an error when it is absent or of another kind.
    pub(super) fn read(&self, id: ObjectId, kind: ObjectKind) -> Result<Vec<u8>, GitError> {
        let other_kind = || GitError::Objects(format!("`{id}` is not a {}", kind.as_str()));
        if let Some((found, content)) = self.own.get(&id) {
            return if *found == kind { Ok(content.clone()) } else { Err(other_kind()) };
        }
        if !self.contains(id) {
            return Err(GitError::Objects(format!("{} `{id}` is missing", kind.as_str())));
        }
        let object = self.database.read(oid(id)).map_err(broken)?;
        let expected = match kind {
            ObjectKind::Commit => git2::ObjectType::Commit,
            ObjectKind::Tree => git2::ObjectType::Tree,
            ObjectKind::Blob => git2::ObjectType::Blob,
        };
        if object.kind() == expected { Ok(object.data().to_vec()) } else { Err(other_kind()) }
    }

    /// Keeps an object of our own.
    pub(super) fn add(&mut self, kind: ObjectKind, content: Vec<u8>) -> ObjectId {
        let id = ObjectId::of(kind, &content);
        self.own.entry(id).or_insert((kind, content));
        id
    }

    /// Reads a pack to its end and indexes it. Connectivity is not checked: a pack without blobs lacks them
    /// on purpose. `unreadable` says what an error of the stream means.
    pub(super) fn receive_pack(
        &mut self,
        mut pack: impl Read,
        unreadable: impl Fn(io::Error) -> GitError,
    ) -> Result<(), GitError> {
        let mut indexer =
            git2::Indexer::new(None, &self.packs, 0o600, false).map_err(|error| indexing(io::Error::other(error)))?;
        let mut buffer = vec![0; 64 * 1024];
        let mut received = 0_usize;
        loop {
            let count = match pack.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unreadable(error)),
            };
            received += count;
            indexer.write_all(&buffer[..count]).map_err(indexing)?;
        }
        if received == 0 {
            return Err(GitError::Objects("the server sent no pack".into()));
        }
        indexer.commit().map_err(|error| indexing(io::Error::other(error)))?;
        self.reload()
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

fn oid(id: ObjectId) -> git2::Oid {
    git2::Oid::from_bytes(id.as_bytes()).expect("20 bytes are a SHA-1 name")
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn broken(error: git2::Error) -> GitError {
    GitError::Objects(crate::domain::server_text::escaped(error.message()))
}

/// A failure of the disk, with the folder that people can choose.
fn storage(source: io::Error) -> GitError {
    GitError::Storage { folder: std::env::temp_dir(), source }
}

/// A failure of the indexer: of the disk, or of the pack.
fn indexing(error: io::Error) -> GitError {
    use git2::ErrorClass::{Filesystem, Os};
    match error.downcast::<git2::Error>() {
        Ok(error) if matches!(error.class(), Os | Filesystem) => {
            storage(io::Error::other(crate::domain::server_text::escaped(error.message())))
        }
        Ok(error) => broken(error),
        Err(error) => storage(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_can_be_received() {
        let mut sender = Objects::new().unwrap();
        let large = (0..100_000_u32).flat_map(u32::to_be_bytes).collect::<Vec<_>>();
        let ids = [b"".to_vec(), b"a".to_vec(), vec![b'x'; 16], large.clone()]
            .map(|content| sender.add(ObjectKind::Blob, content));
        let pack = sender.pack(&ids).unwrap();

        let mut receiver = Objects::new().unwrap();
        assert!(!receiver.contains(ids[3]));
        receiver.receive_pack(pack.as_slice(), storage).unwrap();
        assert_eq!(receiver.read(ids[3], ObjectKind::Blob).unwrap(), large);
        assert_eq!(receiver.read(ids[0], ObjectKind::Blob).unwrap(), b"");
        assert!(receiver.read(ids[0], ObjectKind::Tree).is_err());
    }

    #[test]
    fn a_truncated_pack_is_an_error_and_the_folder_vanishes() {
        let mut sender = Objects::new().unwrap();
        let id = sender.add(ObjectKind::Blob, b"content".to_vec());
        let pack = sender.pack(&[id]).unwrap();
        let mut receiver = Objects::new().unwrap();
        assert!(receiver.receive_pack(&pack[..pack.len() - 5], storage).is_err());
        let folder = receiver.folder.path().to_owned();
        drop(receiver);
        assert!(!folder.exists());
    }
}
