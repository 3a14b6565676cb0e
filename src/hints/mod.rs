//! All advice to people, in one place: what a layer's failure means for a bootstrap, and the way out.

pub(crate) mod access;
mod azure_api;
pub(crate) mod azure_devops;
mod cluster;
pub(crate) mod entra;
mod git;
mod keys;
mod proxy;
pub(crate) mod pull_request;
mod push_words;
mod readiness;
mod release;
pub(crate) mod rights;
mod tls;
