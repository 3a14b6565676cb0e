//! Azure DevOps over REST: the few calls that tell why git was refused, make what is missing, and go through pull requests.
//!
//! Paths, fields and versions: the service's published API, version 7.1 ("Azure DevOps Services REST API Reference").

pub(crate) mod address;
pub(crate) mod answer;
mod call;
mod client;
pub(crate) mod connection;
mod error;
pub(crate) mod evaluations;
mod every_reader;
pub(crate) mod explain;
pub(crate) mod identities;
pub(crate) mod items;
pub(crate) mod permissions;
pub(crate) mod policies;
pub(crate) mod projects;
pub(crate) mod pull_requests;
pub(crate) mod repositories;
pub(crate) mod rights;
mod version;

pub(crate) use address::Address;
pub(crate) use call::Call;
pub(crate) use client::Client;
pub(crate) use error::ApiError;
#[cfg(test)]
pub(crate) use error::Refusal;
pub use every_reader::read_as_any;
