//! Tokens in the place of others.

use super::replacement::text;
use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::{NewToken, Secret, SentAs};
use crate::manifests::source_secret::SourceCredential;

/// The user name where neither the flag nor the Secret has one.
const DEFAULT_USERNAME: &str = "git";

/// The new credential, in the form asked for or in that of the one before.
pub(super) fn credential(new: &NewToken, token: &Secret<String>, stored: Option<&StoredSecret>) -> SourceCredential {
    let holds = |key: &str| text(stored, key).is_some();
    let bearer = match new.sent {
        SentAs::Password => false,
        SentAs::Bearer => true,
        SentAs::Before => holds("bearerToken") && !holds("password"),
    };
    if bearer {
        return SourceCredential::Bearer { token: token.clone() };
    }
    let username = new.username.clone().or_else(|| text(stored, "username"));
    SourceCredential::Basic {
        username: username.unwrap_or_else(|| DEFAULT_USERNAME.to_owned()),
        password: token.clone(),
    }
}

/// The same with another token.
pub(super) fn with(credential: &SourceCredential, token: &Secret<String>) -> SourceCredential {
    match credential {
        SourceCredential::Bearer { .. } => SourceCredential::Bearer { token: token.clone() },
        SourceCredential::Basic { username, .. } => {
            SourceCredential::Basic { username: username.clone(), password: token.clone() }
        }
        SourceCredential::Ssh { .. } => credential.clone(),
    }
}
