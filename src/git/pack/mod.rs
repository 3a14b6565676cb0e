//! Packs that a server sends (gitformat-pack): received to a file without a name, each object's id found out, and read
//! one object at a time.
//!
//! Whoever sends a pack chooses its sizes, so nothing is believed: memory is taken for what was inflated and not for what
//! was announced, an object that is larger than its limit is passed over, and all work ends at the run's limits.

mod delta;
mod entries;
mod entry;
mod intake;
mod receive;
mod resolve;
mod stored;

pub(super) use receive::receive;
pub(super) use stored::Pack;

use std::io;

use crate::domain::limits::Ended;

/// How many objects are taken in one run. Each costs about 60 bytes of memory.
pub(super) const MOST_OBJECTS: usize = 1_000_000;

/// How large an object may be that is stored as a delta, and the delta: three of them are in memory at once.
const MOST_DELTA: usize = 8 << 20;

/// Why a pack was not taken, or an object of it not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackError {
    /// What the stream says of itself.
    #[error(transparent)]
    Stream(io::Error),
    /// The file cannot be written or read.
    #[error(transparent)]
    Disk(io::Error),
    /// The limits of the run.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The bytes are no pack.
    #[error("{0}")]
    Broken(&'static str),
    /// More than is taken of any server.
    #[error("{0}")]
    TooLarge(String),
}

impl PackError {
    fn larger(limit: usize) -> Self {
        Self::TooLarge(format!("it is larger than {} MiB", limit >> 20))
    }
}
