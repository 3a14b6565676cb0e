//! What is special about Azure DevOps Repos: its addresses and its host key.

pub(crate) mod host_keys;
pub(crate) mod url;
pub(crate) mod web_address;

pub use url::AzureRepo;
pub(crate) use url::{AzureUrlError, CloudRepo};
