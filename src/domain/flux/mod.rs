//! What is installed: Flux's versions, components and their options.

pub(crate) mod component;
pub(crate) mod kind;
pub(crate) mod options;
pub(crate) mod running;
pub(crate) mod version;

pub(crate) use component::{Component, Components};
pub(crate) use kind::FluxKind;
pub use options::InstallOptions;
pub(crate) use running::RunningVersions;
pub use version::FluxVersion;
