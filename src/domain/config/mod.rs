//! What one run shall do, resolved from the command line and the environment; it cannot be wrong.
//!
//! [`crate::cli::resolve`] is the only place that builds a [`BootstrapConfig`]. No file was read for it yet: paths
//! are absolute, their contents come with the preflight.

pub(crate) mod byte_size;
pub(crate) mod check;
pub(crate) mod cluster;
pub(crate) mod commit;
pub(crate) mod credentials;
pub(crate) mod duration;
pub(crate) mod get;
pub(crate) mod install;
pub(crate) mod kube_options;
pub(crate) mod login;
pub(crate) mod names;
pub(crate) mod options;
pub(crate) mod own_credential;
pub(crate) mod pull_request;
pub(crate) mod rotate;
pub(crate) mod run;
pub(crate) mod safety;
pub(crate) mod secret;
pub(crate) mod sign_in;
pub(crate) mod source;
pub(crate) mod steer;
pub(crate) mod token_text;
pub(crate) mod uninstall;
pub(crate) mod version;

pub(crate) use byte_size::ByteSize;
pub(crate) use check::CheckConfig;
pub(crate) use cluster::{ClusterConfig, NamespaceChoice};
pub(crate) use commit::{CommitConfig, SigningConfig, SshSigningKey};
pub(crate) use credentials::{CredentialsConfig, DEFAULT_USERNAME, SshKeyAlgorithm, SshKeyOptions};
pub use credentials::{EcdsaCurve, KeyKind};
pub(crate) use duration::DurationError;
pub use duration::GoDuration;
pub(crate) use get::{GetConfig, StatusSelector};
pub(crate) use install::{InstallConfig, RegistryCredentials, VersionChoice};
pub use kube_options::KubeOptions;
pub(crate) use login::{GitLogin, LoginMode};
pub use names::{ClusterPath, Namespace};
pub(crate) use options::OptionsConfig;
pub(crate) use own_credential::{OwnCredential, OwnToken};
pub(crate) use pull_request::{PullRequestConfig, RequestConfig, ReviewerName};
pub(crate) use rotate::{NewCredential, NewToken, RotateConfig, SentAs};
pub(crate) use run::{OutputFormat, RunConfig, RunMode};
pub(crate) use safety::SafetyConfig;
pub use secret::Secret;
pub(crate) use secret::SecretSource;
pub(crate) use sign_in::{CloneSignIn, ClusterSignIn, PrivateKeyFile, TokenForm};
pub use source::HostPort;
pub(crate) use source::ProxyChange;
pub(crate) use source::SourceConfig;
pub(crate) use steer::{Chosen, SteerConfig, SteerVerb};
pub(crate) use uninstall::UninstallConfig;
pub(crate) use version::VersionConfig;

/// Everything `flux bootstrap git` was asked to do, checked as far as that is possible without touching anything.
#[derive(Clone, Debug)]
pub struct BootstrapConfig {
    /// The repository, and what the cluster syncs from it.
    pub source: SourceConfig,
    /// How the repository is opened, by this run and by the cluster.
    pub credentials: CredentialsConfig,
    /// Which Flux components are installed, and from where their manifests come.
    pub install: InstallConfig,
    /// What it changes of the cluster's recorded options.
    pub options: OptionsConfig,
    /// How commits are written and signed.
    pub commit: CommitConfig,
    /// How the commit gets into the branch; none where it is pushed there.
    pub pull_request: Option<PullRequestConfig>,
    /// Which cluster, and which namespace in it.
    pub cluster: ClusterConfig,
    /// What the user allowed that is otherwise refused.
    pub safety: SafetyConfig,
    /// How this run behaves: its deadline, its output, whether it writes at all.
    pub run: RunConfig,
}
