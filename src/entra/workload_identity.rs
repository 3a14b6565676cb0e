//! `workloadidentity`: an identity that trusts whoever issued the token in a file, as pods on AKS have it.

use std::io::Read as _;

use zeroize::Zeroizing;

use super::authority::{Proof, exchange};
use super::error::EntraError;
use super::source::{Granted, Wanted, not_configured, variables};

/// The most that is read of the file, in bytes.
const MOST: u64 = 1 << 16;

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
    let mut assertion = Zeroizing::new(String::new());
    let opened = fs_err::File::open(&file).map_err(|error| unusable(error.kind().to_string()))?;
    opened.take(MOST).read_to_string(&mut assertion).map_err(|error| unusable(error.kind().to_string()))?;
    if assertion.trim().is_empty() {
        return Err(unusable("it is empty".to_owned()).into());
    }
    Ok(exchange(wanted.way, tenant, client_id, &Proof::Assertion(assertion.trim()))?)
}
