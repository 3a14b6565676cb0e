//! What of Flux is installed, and how.

use std::fmt;
use std::str::FromStr;

use super::component::Components;
use super::version::FluxVersion;
use crate::domain::config::Namespace;

/// How much the controllers log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// `debug`: every step of a reconciliation.
    Debug,
    /// What happened.
    #[default]
    Info,
    /// `error`: failures alone.
    Error,
}

impl LogLevel {
    /// The level as the controllers' flag spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Error => "error",
        }
    }
}

impl FromStr for LogLevel {
    type Err = UnknownLogLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLogLevel> {
        [Self::Debug, Self::Info, Self::Error]
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| UnknownLogLevel(text.to_owned()))
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Not a log level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("log level `{0}` is unknown: use `debug`, `info` or `error`")]
pub struct UnknownLogLevel(pub String);

/// What of Flux is installed, and how. The default is what the flags' defaults say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallOptions {
    /// Goes into the header and the label `app.kubernetes.io/version`.
    pub version: FluxVersion,
    /// Where the components run.
    pub namespace: Namespace,
    /// Which components, in which order.
    pub components: Components,
    /// Where the images come from, without a trailing slash.
    pub registry: String,
    /// Name of the secret for that registry.
    pub image_pull_secret: Option<String>,
    /// Whether the components serve objects of every namespace or of their own alone.
    pub watch_all_namespaces: bool,
    /// Whether network policies are installed.
    pub network_policy: bool,
    /// How much the controllers log.
    pub log_level: LogLevel,
    /// The cluster's DNS domain, without a final dot.
    pub cluster_domain: String,
    /// Taints that the components tolerate, by key.
    pub toleration_keys: Vec<String>,
}

impl Default for InstallOptions {
    fn default() -> Self {
        Self {
            version: FluxVersion::embedded(),
            namespace: Namespace::default(),
            components: Components::default(),
            registry: "ghcr.io/fluxcd".to_owned(),
            image_pull_secret: None,
            watch_all_namespaces: true,
            network_policy: true,
            log_level: LogLevel::Info,
            cluster_domain: "cluster.local".to_owned(),
            toleration_keys: Vec::new(),
        }
    }
}
