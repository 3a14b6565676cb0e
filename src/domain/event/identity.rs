//! What is told about the cluster's own identity.

use serde::Serialize;

/// A fact about the cluster's identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum IdentityEvent {
    /// `auto` has come to a mode, and passed over another one.
    ClusterIdentityMode {
        /// As `--cluster-identity-mode` names it.
        mode: String,
        /// Why not the other one.
        reason: String,
    },
    /// It was tried from here.
    ClusterIdentityChecked {
        /// Whether it reads the repository.
        state: IdentityState,
        /// Who issues the tokens of the cluster, where that is known.
        issuer: Option<String>,
        /// Whom its federated credential must name.
        subject: String,
        /// Why it does not, or why that is not known.
        reason: Option<String>,
        /// The command that makes the federated credential, where it may be missing.
        command: Option<String>,
    },
    /// The Secret that the cluster needs no longer is gone, or holds certificates alone.
    OldSecretRemoved {
        /// `namespace/name`.
        secret: String,
        /// The names of the keys that are gone.
        keys: Vec<String>,
        /// The page where the credential is revoked, where that is known.
        page: Option<String>,
    },
}

/// Whether an identity reads the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IdentityState {
    /// It does.
    Proven,
    /// Entra, or Azure DevOps, refuses it.
    Refused,
    /// It could not be tried.
    Unknown,
}
