//! The exchange at Entra: `client_credentials` with a secret or an assertion.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::SCOPE;
use super::claims::Claims;
use super::error::{EntraError, Presented};
use super::source::Grant;
use super::way::{Answer, Way};
use crate::domain::config::Secret;
use crate::domain::entra_words::{code_in, sentence};
use crate::domain::environment::Environment;

/// The host of Azure's public cloud that tokens are had from; the controllers ask no other.
pub(crate) const PUBLIC_HOST: &str = "login.microsoftonline.com";

/// The token endpoint of a tenant.
///
/// # Errors
/// `AZURE_AUTHORITY_HOST` that is no https address: what is sent there is secret.
pub(super) fn token_endpoint(environment: &Environment, tenant: &str) -> Result<String, EntraError> {
    let public = format!("https://{PUBLIC_HOST}");
    let host = environment.variable("AZURE_AUTHORITY_HOST").unwrap_or(&public).trim_end_matches('/');
    let unusable =
        |what: &str, problem: &str| EntraError::Unusable { what: what.to_owned(), problem: problem.to_owned() };
    if !host.starts_with("https://") || host.contains(['?', '#', '@']) {
        return Err(unusable("`AZURE_AUTHORITY_HOST`", "it is no `https://` address"));
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
    if tenant.is_empty() || !tenant.chars().all(fits) {
        return Err(unusable("the tenant", "it is neither a GUID nor a domain"));
    }
    Ok(format!("{host}/{tenant}/oauth2/v2.0/token"))
}

/// What proves that we are the client.
pub(super) enum Proof<'a> {
    Secret(&'a str),
    Assertion(&'a str),
}

/// Asks for a token of Azure DevOps.
pub(super) fn exchange(way: &Way, tenant: &str, client_id: &str, proof: &Proof<'_>) -> Result<Grant, EntraError> {
    let endpoint = token_endpoint(&way.environment, tenant)?;
    let mut fields = vec![("grant_type", "client_credentials"), ("client_id", client_id), ("scope", SCOPE)];
    match proof {
        Proof::Secret(secret) => fields.push(("client_secret", secret)),
        Proof::Assertion(assertion) => {
            fields.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
            fields.push(("client_assertion", assertion));
        }
    }
    let answer = way.post_form(&endpoint, &fields)?;
    let presented = || {
        let assertion = match proof {
            Proof::Secret(_) => None,
            Proof::Assertion(assertion) => Claims::read(assertion),
        };
        let said = |claims: Claims| [claims.issuer, claims.subject, claims.audience].map(Option::unwrap_or_default);
        Presented { tenant: tenant.to_owned(), client_id: client_id.to_owned(), assertion: assertion.map(said) }
    };
    granted(&endpoint, &answer, way.environment.now(), presented)
}

fn granted(
    endpoint: &str,
    answer: &Answer,
    now: SystemTime,
    presented: impl FnOnce() -> Presented,
) -> Result<Grant, EntraError> {
    let json = answer.json();
    if let Some(token) = json["access_token"].as_str().filter(|_| answer.status == 200) {
        let expires = json["expires_in"].as_u64().and_then(|seconds| now.checked_add(Duration::from_secs(seconds)));
        return Ok(Grant::of_entra(Secret::from(token), expires));
    }
    match json["error_description"].as_str().or_else(|| json["error"].as_str()) {
        Some(words) => Err(EntraError::Refused {
            codes: codes(&json, words),
            sentence: sentence(words),
            presented: Box::new(presented()),
        }),
        None => Err(EntraError::NotUnderstood { from: endpoint.to_owned() }),
    }
}

/// The numbers: a field of the answer, else in the words.
fn codes(json: &Value, words: &str) -> Vec<u32> {
    let listed = json["error_codes"].as_array().into_iter().flatten();
    let mut codes: Vec<u32> = listed.filter_map(|code| u32::try_from(code.as_u64()?).ok()).collect();
    codes.extend(code_in(words).filter(|code| !codes.contains(code)));
    codes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_numbers_are_a_field_or_in_the_words() {
        assert_eq!(codes(&json!({"error_codes": [700213]}), "AADSTS700213: No matching"), [700_213]);
        assert_eq!(codes(&json!({}), "ERROR: AADSTS50173: The provided grant"), [50_173]);
        assert!(codes(&json!({}), "no code").is_empty());
    }

    #[test]
    fn tokens_go_to_https_authorities_alone() {
        let endpoint = |host: &str, tenant: &str| {
            token_endpoint(&Environment::of_variables([("AZURE_AUTHORITY_HOST", host)]), tenant)
        };
        assert_eq!(endpoint("", "t").unwrap(), "https://login.microsoftonline.com/t/oauth2/v2.0/token");
        assert_eq!(endpoint("https://login.example/", "t").unwrap(), "https://login.example/t/oauth2/v2.0/token");
        for (host, tenant) in
            [("http://login.example", "t"), ("https://u@login.example", "t"), ("", "../x"), ("", "a b")]
        {
            assert!(endpoint(host, tenant).is_err(), "{host} {tenant}");
        }
    }
}
