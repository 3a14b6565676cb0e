//! Entra's own addresses: where its tenants are found, and the token endpoint.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::jwt::now;
use super::refusal::Refusal;
use super::{App, Shared, TENANT, assertion, decoded, json_of};
use crate::support::azure::http::{Request, Response};
use crate::support::{Identity, declare_secret};

/// What tokens are asked for: Azure DevOps.
const SCOPE: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";
/// OpenID's own scopes, which MSAL adds.
const OPENID: [&str; 3] = ["openid", "offline_access", "profile"];

pub(super) fn answer(shared: &Shared, request: &Request, host: &str) -> Response {
    let mut form: BTreeMap<String, String> = BTreeMap::new();
    for pair in String::from_utf8_lossy(&request.body).split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        form.insert(name.to_owned(), decoded(value));
    }
    let public = form.iter().filter(|(name, _)| !matches!(name.as_str(), "client_secret" | "client_assertion"));
    let public = public.map(|(name, value)| (name.clone(), value.clone())).collect();
    shared.note(host, &request.target, public);
    let mut words = request.path().trim_start_matches('/').splitn(2, '/');
    let (tenant, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match (request.method.as_str(), rest) {
        ("GET", "discovery/instance") if tenant == "common" => instances(host),
        ("GET", "v2.0/.well-known/openid-configuration") => known_tenant(shared, tenant)
            .map_or_else(|refusal| refusal.answer(request), |()| configuration(host, tenant)),
        ("POST", "oauth2/v2.0/token") => {
            grant(shared, tenant, &form, host).unwrap_or_else(|refusal| refusal.answer(request))
        }
        _ => Response::new(404, "text/html", "<html>no such page</html>"),
    }
}

/// Which hosts are Entra's.
fn instances(host: &str) -> Response {
    let network = format!("https://{host}/{TENANT}/v2.0/.well-known/openid-configuration");
    let metadata = json!([{"preferred_network": host, "preferred_cache": "login.windows.net",
        "aliases": [host, "login.windows.net", "login.microsoft.com", "sts.windows.net"]}]);
    json_of(200, &json!({"tenant_discovery_endpoint": network, "api-version": "1.1", "metadata": metadata}))
}

/// A tenant's addresses.
fn configuration(host: &str, tenant: &str) -> Response {
    let base = format!("https://{host}/{tenant}");
    json_of(
        200,
        &json!({
            "issuer": format!("{base}/v2.0"),
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        }),
    )
}

/// Whether there is such a tenant.
fn known_tenant(shared: &Shared, tenant: &str) -> Result<(), Refusal> {
    let apps = shared.apps.lock().unwrap();
    if tenant == TENANT || apps.iter().any(|app| app.tenant.as_deref() == Some(tenant)) {
        return Ok(());
    }
    let is_guid = tenant.len() == 36 && tenant.chars().all(|sign| sign == '-' || sign.is_ascii_hexdigit());
    let unreadable = !is_guid && !tenant.contains('.');
    Err(if unreadable { Refusal::TenantUnreadable(tenant.into()) } else { Refusal::TenantUnknown(tenant.into()) })
}

fn grant(shared: &Shared, tenant: &str, form: &BTreeMap<String, String>, host: &str) -> Result<Response, Refusal> {
    known_tenant(shared, tenant)?;
    let app = client(shared, tenant, form, host)?;
    let lifetime = app.lifetime.unwrap_or(Duration::from_secs(3599));
    let token = issue(shared, &json!({"appid": app.id}), tenant, lifetime, !app.unknown_to_organisation);
    let seconds = lifetime.as_secs();
    Ok(json_of(
        200,
        &json!({"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}),
    ))
}

/// The application that asks, once it has proven to be it.
fn client(shared: &Shared, tenant: &str, form: &BTreeMap<String, String>, host: &str) -> Result<App, Refusal> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if field("grant_type") != "client_credentials" {
        return Err(Refusal::GrantUnsupported);
    }
    let id = field("client_id");
    let apps = shared.apps.lock().unwrap();
    let known = apps.iter().find(|app| app.tenant.as_deref().unwrap_or(TENANT) == tenant && app.id == id).cloned();
    drop(apps);
    let app = known.ok_or_else(|| Refusal::ClientUnknown { client: id.into(), tenant: tenant.into() })?;
    let mut scopes = field("scope").split(' ').filter(|scope| !OPENID.contains(scope));
    match (scopes.next(), scopes.next()) {
        (Some(SCOPE), None) => {}
        (Some(other), None) if other.ends_with("/.default") => {
            return Err(Refusal::ResourceUnknown(other.trim_end_matches("/.default").into()));
        }
        _ => return Err(Refusal::ScopeInvalid(field("scope").into())),
    }
    let base = format!("https://{host}/{tenant}");
    let endpoints = [format!("{base}/oauth2/v2.0/token"), format!("{base}/v2.0")];
    match (form.get("client_assertion"), form.get("client_secret")) {
        (Some(assertion), _) => assertion::verify(shared, &app, assertion, &endpoints)?,
        (None, Some(secret)) if app.secret.as_ref() == Some(secret) => {
            if app.secret_expired {
                return Err(Refusal::SecretExpired(app.id));
            }
        }
        (None, Some(_)) => return Err(Refusal::SecretWrong(app.id)),
        (None, None) => return Err(Refusal::NoCredential),
    }
    Ok(app)
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
