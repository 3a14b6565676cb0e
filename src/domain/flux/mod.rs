//! What is installed: Flux's versions, components and their options.

pub(crate) mod component;
pub(crate) mod options;
pub(crate) mod version;

pub(crate) use component::{Component, Components};
pub use options::InstallOptions;
pub use version::FluxVersion;
