//! The cluster side: connecting to the API server, reading, applying and waiting.

mod options;

pub use options::KubeOptions;
