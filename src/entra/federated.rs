//! The cluster's own identity, tried from here with a token of its service account.

use super::authority::{Proof, exchange};
use super::error::EntraError;
use super::way::Way;
use crate::domain::config::Secret;
use crate::http::HttpCredential;

/// What Entra gives for the token of somebody who trusts its issuer. The token is shown to the authority alone.
///
/// # Errors
/// Entra refuses it, or cannot be reached.
pub(crate) fn federated(
    way: &Way,
    tenant: &str,
    client_id: &str,
    assertion: &Secret<String>,
) -> Result<Secret<String>, EntraError> {
    match exchange(way, tenant, client_id, &Proof::Assertion(assertion.expose()))?.credential {
        HttpCredential::Bearer(token) => Ok(token),
        _ => Err(EntraError::NotUnderstood { from: "Microsoft Entra".to_owned() }),
    }
}
