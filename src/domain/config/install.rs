//! Which Flux components are installed, and from where their manifests come.

use std::path::PathBuf;

use super::{Namespace, Secret};
use crate::domain::flux::component::Components;
use crate::domain::flux::options::{InstallOptions, LogLevel};
use crate::domain::flux::version::FluxVersion;
use crate::domain::sha256_digest::Sha256Digest;

/// The components' version, origin and registry credentials.
#[derive(Clone, Debug)]
pub struct InstallConfig {
    /// `--version`
    pub version: VersionChoice,
    /// `--components` and `--components-extra`, in the order given.
    pub components: Components,
    /// `--registry`, without a final slash.
    pub registry: String,
    /// `--image-pull-secret`
    pub image_pull_secret: Option<String>,
    /// `--watch-all-namespaces`
    pub watch_all_namespaces: bool,
    /// `--network-policy`
    pub network_policy: bool,
    /// `--log-level`
    pub log_level: LogLevel,
    /// `--cluster-domain`, without a final dot.
    pub cluster_domain: String,
    /// `--toleration-keys`
    pub toleration_keys: Vec<String>,
    /// `--manifests`: a folder in release layout, its `.tar.gz`, or a kustomization; absolute.
    pub manifests: Option<PathBuf>,
    /// `--registry-creds` or `--registry-creds-file`; the image pull secret is written from it.
    pub registry_credentials: Option<RegistryCredentials>,
    /// `--release-url` or `FLUX_RELEASE_URL`: where releases are downloaded from, without a final slash.
    pub release_url: String,
    /// `--release-digest` or `FLUX_RELEASE_DIGEST`: what a downloaded release's archive has to be.
    pub release_digest: Option<Sha256Digest>,
}

impl InstallConfig {
    /// What to render, once the namespace and the version are known.
    pub fn options(&self, namespace: Namespace, version: FluxVersion) -> InstallOptions {
        InstallOptions {
            version,
            namespace,
            components: self.components.clone(),
            registry: self.registry.clone(),
            image_pull_secret: self.image_pull_secret.clone(),
            watch_all_namespaces: self.watch_all_namespaces,
            network_policy: self.network_policy,
            log_level: self.log_level,
            cluster_domain: self.cluster_domain.clone(),
            toleration_keys: self.toleration_keys.clone(),
        }
    }
}

/// Which release's manifests are installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionChoice {
    /// The version embedded in this binary; needs no network.
    Embedded,
    /// Another release of the same minor version.
    Tag(FluxVersion),
    /// The newest release.
    Latest,
}

/// Where the user and password of a private image registry come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryCredentials {
    /// `--registry-creds user:password`
    Flag {
        /// What stands before the first colon.
        user: String,
        /// The rest, further colons included.
        password: Secret<String>,
    },
    /// `--registry-creds-file`: a docker configuration file, or one line `user:password`; absolute.
    File(PathBuf),
    /// `--registry-creds-file -`
    Stdin,
}
