//! What one run of `flux rotate source git` shall do.

use std::path::PathBuf;

use super::{ClusterConfig, PrivateKeyFile, RunConfig, SecretSource, SshKeyOptions};

/// Everything `flux rotate source git` was asked to do.
#[derive(Clone, Debug)]
pub(crate) struct RotateConfig {
    /// Which cluster, and which namespace in it.
    pub cluster: ClusterConfig,
    /// The name of the GitRepository; none for that of the namespace.
    pub name: Option<String>,
    /// The new credential.
    pub credential: NewCredential,
    /// `--ca-file`: PEM certificates, in place of those in the Secret.
    pub ca_file: Option<PathBuf>,
    /// `--known-hosts-file`: host keys that this run trusts, before those in the Secret.
    pub known_hosts_file: Option<PathBuf>,
    /// `--old-password-file`: tried once after the proof.
    pub old_credential: Option<SecretSource>,
    /// Whether the old Secret is put back when the new one is not proven in time; off with `--no-rollback`.
    pub rolls_back: bool,
    /// The deadline, the output, whether it writes at all.
    pub run: RunConfig,
}

/// The credential that the cluster shall get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NewCredential {
    /// A token or password.
    Token(NewToken),
    /// `--generate-key`: a key that is made, or that waits since an earlier run.
    GeneratedKey(SshKeyOptions),
    /// `--private-key-file`: a key that is registered already, with its passphrase.
    KeyFile(PrivateKeyFile),
    /// `--abort`: none; a key that waits is given up.
    Abort,
}

/// A token or password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewToken {
    /// Where it comes from; never [`SecretSource::None`].
    pub source: SecretSource,
    /// How it is sent.
    pub sent: SentAs,
    /// `--username`; none for the name in the Secret, or `git`.
    pub username: Option<String>,
}

/// How a new token is sent to the Git server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SentAs {
    /// `--password-file`: with a user name, as HTTP basic authentication.
    Password,
    /// `--bearer-token-file`: as `Authorization: Bearer`.
    Bearer,
    /// As the one in the Secret is sent.
    Before,
}
