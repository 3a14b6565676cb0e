//! Tokens of this run's own, from what the machine is signed in with: Microsoft Entra, Azure Pipelines, git's helpers.
//!
//! Each source is a file; [`chain`] has their order. The protocol towards Entra is one request (client credentials,
//! RFC 6749 section 4.4, with assertions by RFC 7523), so it is spoken here over the one HTTP client: proxies, roots,
//! limits and redaction are those of everything else.

mod authority;
mod azd;
mod azure_cli;
mod azure_pipelines;
mod certificate;
mod chain;
mod claims;
mod command;
mod credential_helper;
mod error;
mod federated;
mod github_actions;
mod job_token;
mod login;
mod managed_identity;
mod organization;
mod source;
mod spn;
mod way;
mod workload_identity;

pub(crate) use authority::PUBLIC_HOST;
pub(crate) use error::{EntraError, Presented};
pub(crate) use federated::federated;
pub(crate) use login::{Login, Target};
pub(crate) use organization::organization_tenant;
pub(crate) use way::Way;

/// The resource of Azure DevOps, for which tokens are asked (Microsoft's documentation of its OAuth scopes).
const RESOURCE: &str = "499b84ac-1321-427f-aa17-267ca6975798";
/// The scope that stands for all rights that the identity has there.
const SCOPE: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";
