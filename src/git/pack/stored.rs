//! Reading the objects of a pack that was received.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use flate2::bufread::ZlibDecoder;

use super::entries::Entries;
use super::entry;
use super::{MOST_DELTA, PackError, delta};
use crate::domain::object_id::{ObjectId, ObjectKind};

/// How many deltas may stand on each other; git itself makes 50, and 4095 at most.
const LONGEST_CHAIN: usize = 10_000;

/// An object of a pack.
pub(in crate::git) struct Found {
    /// None for a tag.
    pub(in crate::git) kind: Option<ObjectKind>,
    pub(in crate::git) content: Vec<u8>,
}

/// A pack on the disk, whose objects are known.
pub(in crate::git) struct Pack {
    file: File,
    size: u64,
    pub(super) entries: Entries,
    by_id: Vec<u32>,
    recent: RefCell<Recent>,
}

impl Pack {
    /// A pack of so many bytes.
    pub(super) fn new(file: File, size: u64, entries: Entries) -> Self {
        Self { file, size, entries, by_id: Vec::new(), recent: RefCell::default() }
    }

    /// Lets the objects be found by their ids.
    pub(super) fn ready(mut self) -> Self {
        self.by_id = self.entries.by_id();
        self
    }

    /// How many objects it holds.
    pub(in crate::git) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many bytes it takes on the disk.
    pub(in crate::git) const fn size(&self) -> u64 {
        self.size
    }

    fn find(&self, id: ObjectId) -> Option<u32> {
        let found = self.by_id.binary_search_by_key(&Some(id), |at| self.entries.id(*at)).ok()?;
        Some(self.by_id[found])
    }

    /// Whether it holds the object.
    pub(in crate::git) fn contains(&self, id: ObjectId) -> bool {
        self.find(id).is_some()
    }

    /// The object; none where it is not here.
    ///
    /// # Errors
    /// It is larger than `most` bytes, or too large for what it is stored as; the file cannot be read.
    pub(in crate::git) fn read(&self, id: ObjectId, most: usize) -> Result<Option<Found>, PackError> {
        let Some(at) = self.find(id) else { return Ok(None) };
        let content = self.content(at, most)?;
        if content.len() > most {
            return Err(PackError::larger(most));
        }
        Ok(Some(Found { kind: self.entries.kind(at), content: Arc::unwrap_or_clone(content) }))
    }

    /// What a delta makes of its base.
    pub(super) fn undelta(&self, base: u32, delta: u32) -> Result<Vec<u8>, PackError> {
        let content = self.content(base, MOST_DELTA)?;
        if content.len() > MOST_DELTA {
            return Err(PackError::larger(MOST_DELTA));
        }
        delta::apply(&content, &self.inflate(delta, MOST_DELTA)?)
    }

    /// Remembers a content, since what is made of it often comes next.
    pub(super) fn keep(&self, at: u32, content: Vec<u8>) -> Arc<Vec<u8>> {
        let content = Arc::new(content);
        self.recent.borrow_mut().add(at, Arc::clone(&content));
        content
    }

    fn content(&self, at: u32, most: usize) -> Result<Arc<Vec<u8>>, PackError> {
        let mut deltas = Vec::new();
        let mut root = at;
        let mut content = loop {
            let kept = self.recent.borrow().contents.get(&root).cloned();
            if let Some(kept) = kept {
                break kept;
            }
            let Some(base) = self.entries.base(root) else {
                let most = if deltas.is_empty() { most } else { MOST_DELTA };
                break self.keep(root, self.inflate(root, most)?);
            };
            deltas.push(root);
            if deltas.len() > LONGEST_CHAIN {
                return Err(PackError::TooLarge(format!("more than {LONGEST_CHAIN} deltas stand on each other")));
            }
            root = base;
        };
        while let Some(next) = deltas.pop() {
            let made = delta::apply(&content, &self.inflate(next, MOST_DELTA)?)?;
            content = self.keep(next, made);
        }
        Ok(content)
    }

    /// The bytes of an entry: an object, or a delta.
    fn inflate(&self, at: u32, most: usize) -> Result<Vec<u8>, PackError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.entries.offset(at))).map_err(PackError::Disk)?;
        let mut reader = BufReader::new(file);
        let (_, size) = entry::header(|| {
            let mut byte = [0];
            reader.read_exact(&mut byte).map_err(PackError::Disk)?;
            Ok(byte[0])
        })?;
        if size > most as u64 {
            return Err(PackError::larger(most));
        }
        let mut content = Vec::new();
        // It was as large as announced when it was received.
        ZlibDecoder::new(reader).take(size).read_to_end(&mut content).map_err(PackError::Disk)?;
        Ok(content)
    }
}

/// How many bytes of contents are remembered.
const MOST_KEPT: usize = 16 << 20;

/// The contents that were needed last.
#[derive(Default)]
struct Recent {
    contents: HashMap<u32, Arc<Vec<u8>>>,
    order: VecDeque<u32>,
    bytes: usize,
}

impl Recent {
    fn add(&mut self, at: u32, content: Arc<Vec<u8>>) {
        // What a small one costs beside its bytes.
        let cost = |content: &Vec<u8>| content.len() + 128;
        if cost(&content) > MOST_KEPT / 2 {
            return;
        }
        self.bytes += cost(&content);
        if let Some(before) = self.contents.insert(at, content) {
            self.bytes -= cost(&before);
        } else {
            self.order.push_back(at);
        }
        while self.bytes > MOST_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            let removed = self.contents.remove(&oldest);
            self.bytes -= removed.map_or(0, |content| cost(&content));
        }
    }
}
