//! What is told about credentials while they are tried and replaced.

use serde::Serialize;

/// A fact of a rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum RotationEvent {
    /// A credential was tried on the Git server.
    CredentialTried {
        /// Which one.
        whose: Whose,
        /// Whether it can read the repository.
        reads: bool,
        /// Whether it can push; none where the server did not say.
        pushes: Option<bool>,
    },
    /// The cluster has read the repository with the credential in the Secret.
    CredentialRotated {
        /// `namespace/name`.
        secret: String,
        /// The names of the keys that hold the credential.
        keys: Vec<String>,
    },
    /// The Secret holds again what it held before the run.
    CredentialPutBack {
        /// `namespace/name`.
        secret: String,
    },
    /// A new key is kept in a Secret of its own until the Git server accepts it.
    KeyWaits {
        /// `namespace/name`.
        secret: String,
    },
    /// A key that waited is given up.
    KeyGivenUp {
        /// `namespace/name` of the Secret that is gone.
        secret: String,
    },
    /// What is known of the credential that was replaced.
    OldCredential {
        /// Whether the Git server still accepts it.
        state: OldCredentialState,
        /// The page where it is revoked, where that is known.
        page: Option<String>,
        /// Of a key, as `SHA256:..`, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        fingerprint: Option<String>,
    },
}

/// Whose credential is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Whose {
    /// The one of the cluster's own that a bootstrap gives it.
    Cluster,
    /// The one that the cluster shall get by a rotation.
    New,
    /// The one that the cluster had before.
    Old,
}

/// Whether the Git server still accepts a credential that was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OldCredentialState {
    /// It is refused.
    Revoked,
    /// It still opens the repository.
    Accepted,
    /// The server did not say.
    Unknown,
    /// Nobody gave it to be tried.
    NotTried,
}

impl Whose {
    /// How people call it, before "credential".
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cluster => "cluster's own",
            Self::New => "new",
            Self::Old => "old",
        }
    }
}
