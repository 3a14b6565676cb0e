//! The files of a bootstrap: what Flux's components look like, and the sync manifests.

pub mod yaml;
