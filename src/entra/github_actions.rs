//! `githubactions`: a job of GitHub Actions with `permissions: id-token: write`.

use super::authority::{Proof, exchange};
use super::error::EntraError;
use super::source::{Granted, Wanted, variables};

/// The audience that Entra expects of federated tokens.
const AUDIENCE: &str = "api%3A%2F%2FAzureADTokenExchange";

/// Signs in with the job's OIDC token, asked anew each time.
pub(super) fn sign_in(wanted: &Wanted<'_>) -> Granted {
    let environment = wanted.environment;
    let [address, token] = variables(environment, ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])?;
    let [tenant, client_id] = variables(environment, ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"])?;
    if !address.starts_with("https://") {
        let problem = "it is no `https://` address".to_owned();
        return Err(EntraError::Unusable { what: "`ACTIONS_ID_TOKEN_REQUEST_URL`".to_owned(), problem }.into());
    }
    let joint = if address.contains('?') { '&' } else { '?' };
    let url = format!("{address}{joint}audience={AUDIENCE}");
    let bearer = zeroize::Zeroizing::new(format!("Bearer {token}"));
    let answer = wanted.way.send("GET", &url, &[("Authorization", bearer.as_str())], b"")?;
    let json = answer.json();
    let Some(assertion) = json["value"].as_str().filter(|_| answer.status == 200) else {
        let (status, words) = (answer.status, answer.words());
        return Err(EntraError::NoAssertion { service: "GitHub Actions", status, words }.into());
    };
    Ok(exchange(wanted.way, tenant, client_id, &Proof::Assertion(assertion))?)
}
