//! What is special about Azure DevOps Repos: its addresses and its host key.

pub mod host_keys;
pub mod url;
pub mod web_address;

pub use url::{AzureRepo, AzureUrlError, CloudHost, CloudRepo, ServerRepo};
