//! What one run shall do, resolved from the command line and the environment; it cannot be wrong.
//!
//! [`crate::cli::resolve`] is the only place that builds a [`BootstrapConfig`]. No file was read for it yet: paths
//! are absolute, their contents come with the preflight.

pub mod check;
pub mod cluster;
pub mod commit;
pub mod credentials;
pub mod duration;
pub mod install;
pub mod kube_options;
pub mod names;
pub mod run;
pub mod safety;
pub mod secret;
pub mod source;
pub mod token_text;

pub use check::CheckConfig;
pub use cluster::{ClusterConfig, NamespaceChoice};
pub use commit::{CommitConfig, SigningConfig, SshSigningKey};
pub use credentials::{
    CredentialsConfig, EcdsaCurve, KeyKind, PassphraseSource, SshKeyAlgorithm, SshKeyOptions, TokenSource,
};
pub use duration::{DurationError, GoDuration};
pub use install::{InstallConfig, RegistryCredentials, VersionChoice};
pub use kube_options::KubeOptions;
pub use names::{ClusterPath, Namespace};
pub use run::{OutputFormat, RunConfig, RunMode};
pub use safety::SafetyConfig;
pub use secret::Secret;
pub use source::{HostPort, SourceConfig};

/// Everything `flux bootstrap git` was asked to do, checked as far as that is possible without touching anything.
#[derive(Clone, Debug)]
pub struct BootstrapConfig {
    /// The repository, and what the cluster syncs from it.
    pub source: SourceConfig,
    /// How the repository is opened, by this run and by the cluster.
    pub credentials: CredentialsConfig,
    /// Which Flux components are installed, and from where their manifests come.
    pub install: InstallConfig,
    /// How commits are written and signed.
    pub commit: CommitConfig,
    /// Which cluster, and which namespace in it.
    pub cluster: ClusterConfig,
    /// What the user allowed that is otherwise refused.
    pub safety: SafetyConfig,
    /// How this run behaves: its deadline, its output, whether it writes at all.
    pub run: RunConfig,
}
