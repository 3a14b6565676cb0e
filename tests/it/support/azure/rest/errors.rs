//! Refusals as the API writes them.

use serde_json::json;

use super::{Call, Response};

/// An error with its name, which clients go by.
pub(crate) fn error(status: u16, type_key: &str, message: &str) -> Response {
    super::json(
        status,
        &json!({
            "$id": "1",
            "innerException": null,
            "message": message,
            "typeName": format!("Microsoft.VisualStudio.Services.{type_key}, Microsoft.VisualStudio.Services.WebApi"),
            "typeKey": type_key,
            "errorCode": 0,
            "eventId": 3000,
        }),
    )
}

/// No repository of that name, or not for this identity.
pub(super) fn no_repository(name: &str) -> Response {
    let text = format!(
        "TF401019: The Git repository with name or identifier {name} does not exist or you do not have permissions for the operation you are attempting."
    );
    error(404, "GitRepositoryNotFoundException", &text)
}

/// No project of that name, or not for this identity.
pub(super) fn no_project(name: &str) -> Response {
    let text = format!(
        "TF200016: The following project does not exist: {name}. Verify that the name of the project is correct and that the project exists on the specified Azure DevOps Server."
    );
    error(404, "ProjectDoesNotExistWithNameException", &text)
}

/// A token that is good, but not for this.
pub(super) fn no_scope() -> Response {
    let text = "TF400813: The user '' is not authorized to access this resource.";
    error(401, "UnauthorizedRequestException", text)
}

/// A permission is missing.
pub(crate) fn no_permission(call: &Call<'_>, permission: &str, scope: &str) -> Response {
    let text = format!(
        "TF401027: You need the Git '{permission}' permission to perform this action. Details: identity '{}', scope '{scope}'.",
        call.identity.name
    );
    error(403, "GitNeedsPermissionException", &text)
}

/// The token has expired.
pub(crate) fn expired() -> Response {
    error(401, "AccessCheckException", "Access Denied: The Personal Access Token used has expired.")
}

/// There is no such call.
pub(super) fn no_route(call: &Call<'_>) -> Response {
    let text =
        format!("The controller for path '{}' was not found or does not implement IController.", call.request.path());
    error(404, "HttpException", &text)
}
