//! The cluster's own credential, which differs from that of the run.

use super::{SecretSource, TokenForm};

/// What the cluster gets where it does not get what the run shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OwnCredential {
    /// Nothing of its own was given: what the run shows, or a key.
    #[default]
    NotGiven,
    /// `--cluster-password-file`, `--cluster-bearer-token-file` or `GIT_CLUSTER_PASSWORD`
    Token(OwnToken),
    /// `--keep-secret`: what its Secret holds, which is neither made nor changed.
    KeptSecret,
}

/// A token of the cluster's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnToken {
    /// Where it comes from; never [`SecretSource::None`].
    pub source: SecretSource,
    /// How it is sent.
    pub form: TokenForm,
    /// `--cluster-username`, `git` unless given.
    pub username: String,
}
