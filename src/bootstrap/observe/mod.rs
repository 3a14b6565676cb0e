//! Looking at both worlds, and asking them: reads, access reviews and server-side dry-runs. No writes.

pub(super) mod ask;
pub(super) mod look;
pub(super) mod wanted;

mod cluster;
mod identity;
mod pull_request;
mod repository;
mod secret_users;
mod side_by_side;
