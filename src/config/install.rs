//! Which Flux components are installed, and from where their manifests come.

use std::path::PathBuf;

use super::Secret;

/// The components' version, origin and registry credentials.
#[derive(Clone, Debug)]
pub struct InstallConfig {
    /// `--version`
    pub version: VersionChoice,
    /// `--manifests`: a folder in release layout, its `.tar.gz`, or a kustomization; absolute.
    pub manifests: Option<PathBuf>,
    /// `--registry-creds` or `--registry-creds-file`; the image pull secret is written from it.
    pub registry_credentials: Option<RegistryCredentials>,
    /// `--release-url` or `FLUX_RELEASE_URL`: where releases are downloaded from, without a final slash.
    pub release_url: String,
}

/// Which release's manifests are installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionChoice {
    /// The version embedded in this binary; needs no network.
    Embedded,
    /// A release of the same minor version, as `vX.Y.Z`.
    Tag(String),
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
