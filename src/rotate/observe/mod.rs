//! Looking and asking for a rotation: the cluster first, since it tells which repository is meant, then the Git server.

mod cluster;
mod repository;

pub(crate) use cluster::{look, reach};
pub(crate) use repository::ask;
