//! `azurepipelines`: a service connection with workload identity federation, within `AzureCLI@2` and its like.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::authority::{Proof, exchange};
use super::error::EntraError;
use super::source::{Granted, Wanted, Without, not_configured, value, variables};
use crate::domain::config::Secret;

/// Signs in with a token of the connection, asked anew each time; else with the one that `addSpnToEnvironment` left.
pub(super) fn sign_in(wanted: &Wanted<'_>) -> Granted {
    let environment = wanted.environment;
    let names = ["SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"];
    let connection = match variables(environment, names) {
        Ok([address, token, connection]) => {
            let ids = variables(environment, ["AZURESUBSCRIPTION_TENANT_ID", "AZURESUBSCRIPTION_CLIENT_ID"])?;
            Some((address, token, connection, ids))
        }
        Err(Without::NotConfigured(reason)) => {
            let Some(left) = value(environment, "idToken") else { return not_configured(reason) };
            let [tenant, client_id] = variables(environment, ["tenantId", "servicePrincipalId"])?;
            return Ok(exchange(wanted.way, tenant, client_id, &Proof::Assertion(left))?);
        }
        Err(failed) => return Err(failed),
    };
    let Some((address, token, connection, [tenant, client_id])) = connection else {
        return not_configured("there is no service connection");
    };
    let assertion = oidc_token(wanted, address, token, connection)?;
    Ok(exchange(wanted.way, tenant, client_id, &Proof::Assertion(assertion.expose()))?)
}

fn oidc_token(wanted: &Wanted<'_>, address: &str, token: &str, connection: &str) -> Result<Secret<String>, EntraError> {
    if !address.starts_with("https://") {
        let problem = "it is no `https://` address".to_owned();
        return Err(EntraError::Unusable { what: "`SYSTEM_OIDCREQUESTURI`".to_owned(), problem });
    }
    let connection = utf8_percent_encode(connection, NON_ALPHANUMERIC);
    let url = format!("{address}?api-version=7.1&serviceConnectionId={connection}");
    let bearer = zeroize::Zeroizing::new(format!("Bearer {token}"));
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
        ("X-TFS-FedAuthRedirect", "Suppress"),
    ];
    let answer = wanted.way.send("POST", &url, &headers, b"")?;
    match answer.json()["oidcToken"].as_str().filter(|_| answer.status == 200) {
        Some(token) => Ok(Secret::from(token)),
        None => {
            Err(EntraError::NoAssertion { service: "Azure Pipelines", status: answer.status, words: answer.words() })
        }
    }
}
