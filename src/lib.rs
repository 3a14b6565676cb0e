//! `flux` connects a Kubernetes cluster to a Git repository, Azure DevOps first, so that Flux keeps the
//! cluster in step with it.
//!
//! Everything is decided before anything is changed: what was typed becomes a configuration that cannot be wrong, both
//! worlds are looked at, the plan is drafted and decided or refused, and its steps alone write. ARCHITECTURE.md is the map.

mod azure_api;
mod bootstrap;
mod check;
mod child;
mod cli;
mod cluster;
pub mod command;
mod domain;
mod entra;
mod execute;
mod flux_api;
mod folder;
#[doc(hidden)]
pub mod for_tests;
mod get;
mod git;
mod hints;
mod http;
mod kustomize;
mod manifests;
mod open;
mod plan;
mod preflight;
mod rotate;
mod ssh_key;
mod steer;
mod ui;
mod uninstall;
mod yaml;

pub use domain::flux::version::FLUX_VERSION;
