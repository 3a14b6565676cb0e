//! What is special about Azure DevOps Repos: its addresses and its host key.

pub mod host_keys;
pub mod url;

pub use url::{AzureRepo, AzureUrlError, CloudHost, CloudRepo, ServerRepo};
