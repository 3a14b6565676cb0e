//! What one run shall do, resolved from the command line and the environment; it cannot be wrong.

pub mod names;
pub mod secret;

pub use names::{ClusterPath, Namespace};
pub use secret::Secret;
