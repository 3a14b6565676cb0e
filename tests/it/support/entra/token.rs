//! The token endpoint: who the client is, and the token that it gets.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::jwt::{Token, now};
use super::{App, Shared, TENANT};
use crate::support::azure::http::{Request, Response};
use crate::support::{Identity, declare_secret};

/// Why Entra says no: the number, and its own words.
type Refusal = (u32, String);

pub(super) fn answer(shared: &Shared, request: &Request, host: &str) -> Response {
    let json_of = |status: u16, body: Value| Response::new(status, "application/json; charset=utf-8", body.to_string());
    let mut form: BTreeMap<String, String> = BTreeMap::new();
    for pair in String::from_utf8_lossy(&request.body).split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = percent_encoding::percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned();
        form.insert(name.to_owned(), decoded);
    }
    let public = form.iter().filter(|(name, _)| !matches!(name.as_str(), "client_secret" | "client_assertion"));
    let public = public.map(|(name, value)| (name.clone(), value.clone())).collect();
    shared.note(host, &request.target, public);
    let tenant = request.path().split('/').nth(1).unwrap_or_default().to_owned();
    if request.path().ends_with("/common/discovery/instance") {
        let network = format!("https://{host}/{TENANT}/v2.0/.well-known/openid-configuration");
        let metadata = json!([{"preferred_network": host, "preferred_cache": host, "aliases": [host]}]);
        return json_of(200, json!({"tenant_discovery_endpoint": network, "api-version": "1.1", "metadata": metadata}));
    }
    if request.path().ends_with("/.well-known/openid-configuration") {
        let base = format!("https://{host}/{tenant}");
        return json_of(
            200,
            json!({"issuer": format!("{base}/v2.0"), "token_endpoint": format!("{base}/oauth2/v2.0/token"),
                "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize")}),
        );
    }
    match granted(shared, &tenant, &form, host) {
        Ok(app) => {
            let lifetime = app.lifetime.unwrap_or(Duration::from_secs(3599));
            let token = issue(shared, &json!({"appid": app.id}), &tenant, lifetime, !app.unknown_to_organisation);
            json_of(200, json!({"token_type": "Bearer", "expires_in": lifetime.as_secs(), "access_token": token}))
        }
        Err((code, words)) => {
            let description = format!(
                "AADSTS{code}: {words} Trace ID: 0d0e8a1c-0000 Correlation ID: 1f1e-0000 Timestamp: 2026-03-01 12:00:00Z"
            );
            let status = if matches!(code, 700_016 | 90_002) { 400 } else { 401 };
            json_of(status, json!({"error": "invalid_client", "error_description": description, "error_codes": [code]}))
        }
    }
}

fn granted(shared: &Shared, tenant: &str, form: &BTreeMap<String, String>, host: &str) -> Result<App, Refusal> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let apps = shared.apps.lock().unwrap();
    let known = |app: &&App| app.tenant.as_deref().unwrap_or(TENANT) == tenant;
    if tenant != TENANT && !apps.iter().any(|app| known(&app)) {
        return Err((
            90_002,
            format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."),
        ));
    }
    if field("grant_type") != "client_credentials" {
        return Err((70_003, "The app requested an unsupported grant type.".to_owned()));
    }
    if !field("scope").split(' ').any(|scope| scope == "499b84ac-1321-427f-aa17-267ca6975798/.default") {
        return Err((70_011, "The provided value for the input parameter 'scope' is not valid.".to_owned()));
    }
    let id = field("client_id");
    let app = apps.iter().filter(known).find(|app| app.id == id).cloned();
    let app = app.ok_or_else(|| {
        (700_016, format!("Application with identifier '{id}' was not found in the directory '{tenant}'."))
    })?;
    match form.get("client_assertion") {
        Some(assertion) => verified(shared, &app, assertion, &format!("https://{host}/{tenant}/oauth2/v2.0/token"))?,
        None if app.secret.as_deref() == Some(field("client_secret")) => {}
        None => {
            let words = "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.";
            return Err((7_000_215, words.to_owned()));
        }
    }
    Ok(app)
}

/// Verifies an assertion: by the client's certificate, else by what its issuer signs with.
fn verified(shared: &Shared, app: &App, assertion: &str, endpoint: &str) -> Result<(), Refusal> {
    let token = Token::parse(assertion).ok_or((50_027, "JWT token is invalid or malformed.".to_owned()))?;
    if !token.is_current() {
        return Err((700_024, "Client assertion is not within its valid time range.".to_owned()));
    }
    let claim = |name: &str| token.claims[name].as_str().unwrap_or_default().to_owned();
    if let Some(thumbprint) = token.header["x5t#S256"].as_str() {
        let fits = app.certificate.as_ref().is_some_and(|(known, n, e)| {
            known == thumbprint && token.header["alg"] == "PS256" && token.is_signed_by(&(n.clone(), e.clone()))
        });
        let said = (claim("iss") == app.id, claim("sub") == app.id, claim("aud") == endpoint, !claim("jti").is_empty());
        return match (fits, said) {
            (true, (true, true, true, true)) => Ok(()),
            _ => Err((
                700_027,
                "The certificate with identifier used to sign the client assertion is not registered on application."
                    .to_owned(),
            )),
        };
    }
    let [issuer, subject, audience] = [claim("iss"), claim("sub"), claim("aud")];
    let audience =
        if audience.is_empty() { token.claims["aud"][0].as_str().unwrap_or_default().to_owned() } else { audience };
    if app.federated.is_empty() {
        return Err((70_025, format!("The client '{}' has no configured federated identity credentials.", app.id)));
    }
    let trusted =
        shared.issuers.lock().unwrap().get(&issuer).is_some_and(|keys| keys.iter().any(|key| token.is_signed_by(key)));
    let of_issuer: Vec<&[String; 3]> = app.federated.iter().filter(|[known, ..]| *known == issuer).collect();
    if !trusted || of_issuer.is_empty() {
        return Err((
            700_211,
            format!("No matching federated identity record found for presented assertion issuer '{issuer}'."),
        ));
    }
    if !of_issuer.iter().any(|[_, known, _]| *known == subject) {
        return Err((
            700_213,
            format!(
                "No matching federated identity record found for presented assertion subject '{subject}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion."
            ),
        ));
    }
    if !of_issuer.iter().any(|[_, known, wanted]| *known == subject && *wanted == audience) {
        return Err((
            700_212,
            format!("No matching federated identity record found for presented assertion audience '{audience}'."),
        ));
    }
    Ok(())
}

/// A token, which the organisation takes where it knows its holder.
pub(super) fn issue(shared: &Shared, who: &Value, tenant: &str, lifetime: Duration, known: bool) -> String {
    let mut claims = json!({"aud": "499b84ac-1321-427f-aa17-267ca6975798", "iss": format!("https://sts.windows.net/{tenant}/"),
        "tid": tenant, "iat": now(), "nbf": now(), "exp": now() + lifetime.as_secs(), "jti": format!("{:x}", rand::random::<u128>())});
    for (name, value) in who.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let token = shared.ci.sign(&claims);
    declare_secret(&token);
    if known {
        let name = ["upn", "appid"].iter().find_map(|name| who[*name].as_str()).unwrap_or("someone");
        (shared.admit)(Identity::contributor(name, &token).with_bearer_token());
    }
    token
}
