//! The services of CI systems that tell in a token who a job is.

use serde_json::json;

use super::{AUDIENCE, Shared, field, json_of, jwt};
use crate::support::azure::http::{Request, Response};
use crate::support::declare_secret;

/// Gives a job a token that says who it is.
pub(super) fn answer(shared: &Shared, request: &Request, host: &str) -> Response {
    if let Some((status, body)) = shared.refusal.lock().unwrap().clone() {
        return json_of(status, &body);
    }
    if host == "pipelines.example" { of_pipelines(shared, request) } else { of_actions(shared, request) }
}

fn of_pipelines(shared: &Shared, request: &Request) -> Response {
    if request.method != "POST" || request.header("Authorization") != "Bearer job-t0ken-canary-8811" {
        return json_of(401, &json!({"message": "TF400813: The user '' is not authorized to access this resource."}));
    }
    assert_eq!(field(request.query(), "api-version"), "7.1");
    let subject = format!("sc://acme/platform/{}", field(request.query(), "serviceConnectionId"));
    let token = shared.ci.sign(&jwt::claims("https://vstoken.dev.azure.com/acme", &subject, AUDIENCE));
    declare_secret(&token);
    json_of(200, &json!({"oidcToken": token}))
}

fn of_actions(shared: &Shared, request: &Request) -> Response {
    if request.method != "GET" || request.header("Authorization") != "Bearer actions-t0ken-canary-2217" {
        return json_of(401, &json!({"message": "no"}));
    }
    let subject = "repo:acme/fleet:ref:refs/heads/main";
    let audience = field(request.query(), "audience");
    let token = shared.ci.sign(&jwt::claims("https://token.actions.githubusercontent.com", subject, &audience));
    declare_secret(&token);
    json_of(200, &json!({"value": token}))
}
