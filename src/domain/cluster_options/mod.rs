//! Options of a cluster's Flux: what each is, how it is typed, and how one run's flags change what earlier runs recorded.

mod amounts;
mod change;
mod controller;
mod identity;
mod name;
mod options;
mod patch;
mod scheduling;
mod values;

pub(crate) use amounts::sensible;
pub(crate) use change::OptionChange;
pub(crate) use identity::{ClusterIdentity, Guid, IdentityMode, Provider};
pub(crate) use name::OptionName;
pub(crate) use options::{ClusterOptions, Spelled};
pub(crate) use patch::PatchFile;
pub(crate) use scheduling::Toleration;
pub(crate) use values::{ClusterSize, ProxyUrl};
