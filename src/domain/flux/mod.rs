//! What is installed: Flux's versions, components and their options.

pub mod component;
pub mod options;
pub mod version;

pub use component::{Component, ComponentError, Components};
pub use options::{InstallOptions, LogLevel};
pub use version::{FluxVersion, VersionError};
