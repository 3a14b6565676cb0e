//! The cluster's own key pair, which the Git server must be told of.

use crate::domain::config::{EcdsaCurve, KeyKind};
use crate::domain::git_host::GitHost;
use crate::domain::git_url::GitUrl;

/// Make a key, show its public half, have it confirmed, try it.
#[derive(Clone, Debug)]
pub(crate) struct RegisterDeployKey {
    /// Algorithm and size.
    pub kind: KeyKind,
    /// The web page for adding it, where it is known.
    pub page: Option<String>,
    /// Whether a person must say that the key was added; else it is shown, and the run goes on.
    pub confirm: bool,
    /// The repository as the cluster will reach it, where the key is tried.
    pub url: GitUrl,
    /// The service that it is at.
    pub host: GitHost,
    /// The SSH user where the URL names none.
    pub username: String,
}

/// A key's kind for people: `RSA 4096`.
pub(crate) fn key_name(kind: KeyKind) -> String {
    match kind {
        KeyKind::Rsa(bits) => format!("RSA {bits}"),
        KeyKind::Ecdsa(EcdsaCurve::P256) => "ECDSA P-256".to_owned(),
        KeyKind::Ecdsa(EcdsaCurve::P384) => "ECDSA P-384".to_owned(),
        KeyKind::Ecdsa(EcdsaCurve::P521) => "ECDSA P-521".to_owned(),
        KeyKind::Ed25519 => "Ed25519".to_owned(),
    }
}
