//! `spn`: a service principal, by its secret or its certificate.

use super::authority::{Proof, exchange, token_endpoint};
use super::certificate::Certificate;
use super::error::EntraError;
use super::source::{Granted, Wanted, not_configured, value, variables};
use crate::domain::given_file;
use crate::domain::unreadable::why_unreadable;

/// The most that is read of a file with a certificate, in bytes.
const MOST: usize = 1 << 20;

/// Signs in with `AZURE_CLIENT_SECRET`, else with `AZURE_CLIENT_CERTIFICATE_PATH`.
pub(super) fn sign_in(wanted: &Wanted<'_>) -> Granted {
    let environment = wanted.environment;
    let secret = value(environment, "AZURE_CLIENT_SECRET");
    let certificate = environment.path_variable("AZURE_CLIENT_CERTIFICATE_PATH");
    if secret.is_none() && certificate.is_none() {
        return not_configured("neither `AZURE_CLIENT_SECRET` nor `AZURE_CLIENT_CERTIFICATE_PATH` is set");
    }
    let [tenant, client_id] = variables(environment, ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"])?;
    if let Some(secret) = secret {
        return Ok(exchange(wanted.way, tenant, client_id, &Proof::Secret(secret))?);
    }
    let Some(file) = certificate else { return not_configured("`AZURE_CLIENT_CERTIFICATE_PATH` is not set") };
    let unusable = |problem: String| EntraError::Unusable {
        what: format!("`{}`, named by `AZURE_CLIENT_CERTIFICATE_PATH`,", file.display()),
        problem,
    };
    let pem = given_file::read(&file, MOST).map_err(|error| unusable(why_unreadable(error.kind())))?;
    let certificate = Certificate::parse(&pem).map_err(unusable)?;
    let sends_chain = value(environment, "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")
        .is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
    let audience = token_endpoint(environment, tenant)?;
    let assertion = certificate.assertion(client_id, &audience, environment.now(), sends_chain).map_err(unusable)?;
    Ok(exchange(wanted.way, tenant, client_id, &Proof::Assertion(&assertion))?)
}
