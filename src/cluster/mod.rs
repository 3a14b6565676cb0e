//! The cluster side: connecting to the API server, reading, applying and waiting.
//!
//! [`Cluster`] is the connection. Its methods are grouped by concept, a file each: `access` (what we are
//! allowed to do), `state` (the installed Flux), `dry_run` and `apply`, `delete`, `secrets`, `wait`, `diagnose`.
//! [`readiness`], [`order`] and [`changes`] are pure. Every request is bounded by the connection's deadline;
//! dropping a future stops the work at once, and nothing runs on in the background.

mod access;
mod answer;
mod apply;
mod apply_event;
mod awaited_webhook;
pub(crate) mod changes;
mod client;
mod client_identity;
mod connect;
mod connector;
mod definitions;
mod delete;
mod diagnose;
mod dry_run;
mod error;
mod established;
mod exec_plugin;
mod exposure;
mod finalizers;
mod kind_cache;
mod kinds;
mod kubeconfig;
mod kubeconfig_data;
mod kubeconfig_file;
mod kubeconfig_flags;
mod kubeconfig_source;
mod leftover;
mod listing;
mod network;
mod notices;
pub(crate) mod order;
mod ownership;
mod page;
mod patch;
mod plugin_words;
mod proxy;
pub(crate) mod readiness;
mod refusal;
mod request;
mod retry;
mod secrets;
mod service_account;
mod stack;
mod standing;
mod state;
mod suspension;
mod syncs;
mod wait;
mod webhook;

pub use apply_event::ApplyEvent;
pub use client::Cluster;
pub(crate) use client::ServerVersion;
pub use definitions::DefinitionState;
pub(crate) use diagnose::Diagnosis;
pub use diagnose::ProbableCause;
pub use dry_run::DryRun;
pub(crate) use error::ConfigProblem;
pub(crate) use error::PluginProblem;
pub use error::{ClusterError, NoAnswer};
pub(crate) use kubeconfig::KubeconfigNames;
pub(crate) use kubeconfig_source::context_namespace;
pub(crate) use listing::{AT_ONCE as AT_ONCE_LISTS, Extent};
pub(crate) use notices::{NoticeListener, Notices};
pub(crate) use ownership::halted;
pub use readiness::Readiness;
pub(crate) use standing::Standing;
pub(crate) use state::{ForeignOwner, InstalledFlux};
pub(crate) use syncs::LiveSync;
pub(crate) use wait::WaitOutcome;
pub use wait::{Goal, RevisionTest, Target, WaitEvent, WaitFailure};
pub(crate) use webhook::once_each;
