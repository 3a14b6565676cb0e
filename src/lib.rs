//! `flux` connects a Kubernetes cluster to a Git repository, Azure DevOps first, so that Flux keeps the
//! cluster in step with it.
//!
//! Everything is decided before anything is changed. One run of `flux bootstrap git` walks this pipeline:
//!
//! ```text
//! argv     -> cli::BootstrapGitArgs            what was typed
//! resolve  -> domain::config::BootstrapConfig       cannot be wrong; pure, given the Environment
//! preflight-> preflight::Credentials           key files, CA, stdin; prompts only on a terminal
//! render   -> bootstrap::files::Wanted         the files as they shall be; pure
//! observe  -> ObservedRepository, ObservedCluster  what both hold; no writes
//! decide   -> bootstrap::BootstrapPlan and Work   or every refusal
//! execute  -> bootstrap::Ended                 the only writer; emits Events
//! ```
//!
//! Layers look inward only, from [`domain`] to [`cli`]: ARCHITECTURE.md lists them.

mod bootstrap;
mod check;
mod cli;
mod cluster;
pub mod command;
mod domain;
mod execute;
mod flux_api;
mod folder;
#[doc(hidden)]
pub mod for_tests;
mod git;
mod hints;
mod http;
mod kustomize;
mod manifests;
mod open;
mod plan;
mod preflight;
mod ssh_key;
mod ui;
mod yaml;

pub use domain::flux::version::FLUX_VERSION;
