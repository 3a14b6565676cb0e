//! `msi`: the managed identity of this machine: of App Service and its like, else of a virtual machine.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::RESOURCE;
use super::error::EntraError;
use super::source::{Grant, Granted, Wanted, not_configured, value};
use super::way::{Answer, Way};
use crate::domain::config::Secret;
use crate::domain::environment::Environment;
use crate::http::Timeouts;

/// Where virtual machines find their service.
const METADATA: &str = "http://169.254.169.254";

/// How long the service may take to show that it is there.
const PROBE: Duration = Duration::from_secs(1);

/// Asks the service of this machine for a token.
pub(super) fn sign_in(wanted: &Wanted<'_>) -> Granted {
    let environment = wanted.environment;
    let client = value(environment, "AZURE_CLIENT_ID")
        .map(|id| format!("&client_id={}", utf8_percent_encode(id, NON_ALPHANUMERIC)))
        .unwrap_or_default();
    if let (Some(endpoint), Some(secret)) =
        (value(environment, "IDENTITY_ENDPOINT"), value(environment, "IDENTITY_HEADER"))
    {
        let url = format!("{endpoint}?api-version=2019-08-01&resource={RESOURCE}{client}");
        return granted(&direct(wanted.way).send("GET", &url, &[("X-IDENTITY-HEADER", secret)], b"")?);
    }
    let host = value(environment, "AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or(METADATA).trim_end_matches('/');
    let address = format!("{host}/metadata/identity/oauth2/token?api-version=2018-02-01");
    let way = direct(wanted.way);
    if !is_there(&way, &address) {
        return not_configured("there is no managed identity service on this machine");
    }
    let url = format!("{address}&resource={RESOURCE}{client}");
    granted(&way.send("GET", &url, &[("Metadata", "true")], b"")?)
}

/// The service is on this machine: no proxy leads to it.
fn direct(way: &Way) -> Way {
    Way { environment: Environment::default(), ..way.clone() }
}

/// Whether Azure's service answers. Other clouds have another at the same address; Azure's refuses a request without
/// `Metadata: true` by a JSON error.
fn is_there(way: &Way, address: &str) -> bool {
    let timeouts = Timeouts { connect: PROBE, response: PROBE, idle: PROBE, overall: Some(PROBE) };
    let answer = way.send_once("GET", address, &[], b"", timeouts);
    answer.is_ok_and(|answer| answer.status == 400 && answer.json()["error"].is_string())
}

fn granted(answer: &Answer) -> Granted {
    let json = answer.json();
    let Some(token) = json["access_token"].as_str().filter(|_| answer.status == 200) else {
        return Err(EntraError::NoIdentity { status: answer.status, words: answer.words() }.into());
    };
    Ok(Grant::of_entra(Secret::from(token), None))
}
