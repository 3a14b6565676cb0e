//! What is special about Azure DevOps Repos: its addresses, its host key, and what its error codes mean.

pub mod advice;
pub mod host_keys;
pub mod url;

pub use url::{AzureRepo, AzureUrlError, CloudHost, CloudRepo, ServerRepo};
