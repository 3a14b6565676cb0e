//! What the identity may do.

use serde_json::json;

use super::{Call, Response, errors};

/// The security namespace "Git Repositories".
const GIT_REPOSITORIES: &str = "2e9eb7ed-3c0a-47d4-87c1-0ffdf275fd87";

pub(super) fn answer(call: &Call<'_>) -> Response {
    if !call.identity.asks_permissions {
        return errors::no_scope();
    }
    let [_, namespace, bit] = call.place.area.as_slice() else { return errors::no_route(call) };
    let tokens = call.query("tokens").unwrap_or_default();
    if !namespace.eq_ignore_ascii_case(GIT_REPOSITORIES) || !tokens.starts_with("repoV2/") {
        return errors::error(400, "InvalidSecurityNamespaceException", "The security namespace is not known.");
    }
    let name = match bit.as_str() {
        "2" => "GenericRead",
        "4" => "GenericContribute",
        "16" => "CreateBranch",
        "128" => "PolicyExempt",
        "256" => "CreateRepository",
        "16384" => "PullRequestContribute",
        _ => return errors::error(400, "InvalidPermissionException", "The permission is not known."),
    };
    let answers: Vec<bool> = tokens.split(',').map(|_| call.identity.may(name)).collect();
    super::json(200, &json!({"count": answers.len(), "value": answers}))
}
