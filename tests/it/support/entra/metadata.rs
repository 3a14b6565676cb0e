//! The managed identities of a machine: its metadata service (IMDS), and the endpoint of App Service.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::jwt::now;
use super::{Shared, TENANT, field, json_of, token};
use crate::support::azure::http::{Request, Response};

/// How long its tokens live.
const LIFETIME: u64 = 86_399;

pub(super) fn answer(shared: &Shared, request: &Request, app: &str, is_azure: bool) -> Response {
    shared.note("metadata", &request.target, BTreeMap::new());
    if !is_azure {
        return Response::new(404, "text/html", "<html>no such page</html>");
    }
    let refused = |words: &str| json_of(400, &json!({"error": "invalid_request", "error_description": words}));
    let is_app_service = field(request.query(), "api-version") == "2019-08-01";
    if is_app_service && request.header("X-IDENTITY-HEADER") != "identity-header-canary-51f2" {
        return json_of(401, &json!({"message": "no X-IDENTITY-HEADER"}));
    }
    if !is_app_service && request.header("Metadata") != "true" {
        return refused("Required metadata header not specified");
    }
    let resource = field(request.query(), "resource");
    if resource != "499b84ac-1321-427f-aa17-267ca6975798" {
        return refused("Required query variable 'resource' is missing");
    }
    let named = field(request.query(), "client_id");
    if !named.is_empty() && named != app {
        return refused("Identity not found");
    }
    let token = token::issue(shared, &json!({"appid": app}), TENANT, Duration::from_secs(LIFETIME), true);
    json_of(200, &grant(&token, app, &resource, is_app_service))
}

/// The answer, in which every number is text.
fn grant(token: &str, app: &str, resource: &str, is_app_service: bool) -> Value {
    let mut grant = json!({"access_token": token, "client_id": app, "expires_on": (now() + LIFETIME).to_string(),
        "resource": resource, "token_type": "Bearer"});
    if !is_app_service {
        grant["expires_in"] = json!(LIFETIME.to_string());
        grant["ext_expires_in"] = json!(LIFETIME.to_string());
        grant["not_before"] = json!((now() - 300).to_string());
    }
    grant
}
