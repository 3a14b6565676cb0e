//! `workloadidentity`: an identity that trusts whoever issued the token in a file, as pods on AKS have it.

use super::authority::{Proof, exchange};
use super::error::EntraError;
use super::source::{Granted, Wanted, not_configured, variables};
use crate::domain::given_file;
use crate::domain::unreadable::why_unreadable;

/// The most that is read of the file, in bytes.
const MOST: usize = 1 << 16;

/// Signs in with what the file holds now; it is replaced while it is used.
pub(super) fn sign_in(wanted: &Wanted<'_>) -> Granted {
    let Some(file) = wanted.environment.path_variable("AZURE_FEDERATED_TOKEN_FILE") else {
        return not_configured("`AZURE_FEDERATED_TOKEN_FILE` is not set");
    };
    let [tenant, client_id] = variables(wanted.environment, ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"])?;
    let unusable = |problem: String| EntraError::Unusable {
        what: format!("`{}`, named by `AZURE_FEDERATED_TOKEN_FILE`,", file.display()),
        problem,
    };
    let bytes = given_file::read(&file, MOST).map_err(|error| unusable(why_unreadable(error.kind())))?;
    let assertion = std::str::from_utf8(&bytes).map_err(|_| unusable("it is not text".to_owned()))?;
    if assertion.trim().is_empty() {
        return Err(unusable("it is empty".to_owned()).into());
    }
    Ok(exchange(wanted.way, tenant, client_id, &Proof::Assertion(assertion.trim()))?)
}
