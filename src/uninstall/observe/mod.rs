//! Looking at the cluster, and asking it: reads, access reviews and server-side dry-runs. No writes.

pub(super) mod ask;
pub(super) mod look;
pub(super) mod repository;

mod surroundings;
pub(super) mod sync;
