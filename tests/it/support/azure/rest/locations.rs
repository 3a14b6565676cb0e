//! Where everything is: the ids by which clients that are made from the API's definition find its routes.

use serde_json::{Value, json};

/// Id, area, resource and the route of every call.
const LOCATIONS: [[&str; 4]; 9] = [
    ["e81700f7-3be2-46de-8624-2eb35882fcaa", "Location", "ResourceAreas", "_apis/{resource}/{areaId}"],
    ["00d9565f-ed9c-4a06-9a50-00e7896ccab4", "Location", "ConnectionData", "_apis/{resource}"],
    ["603fe2ac-9723-48b9-88ad-09305aa6c6e1", "core", "projects", "_apis/{resource}/{*projectId}"],
    ["225f7195-f9c7-4d14-ab28-a83f7ff77e1f", "git", "repositories", "{project}/_apis/{area}/{resource}/{repositoryId}"],
    [
        "dd3b8bd6-c7fc-4cbd-929a-933d9c011c9d",
        "Security",
        "Permissions",
        "_apis/{resource}/{securityNamespaceId}/{permissions}",
    ],
    ["2c420070-a0a2-49cc-9639-c9f271c5ff07", "git", "configurations", "{project}/_apis/{area}/policy/{resource}"],
    [
        "9946fd70-0d40-406e-b686-b4744cbbcc37",
        "git",
        "pullRequests",
        "{project}/_apis/{area}/repositories/{repositoryId}/{resource}/{pullRequestId}",
    ],
    [
        "c23ddff5-229c-4d04-a80b-0fdce9f360c8",
        "policy",
        "evaluations",
        "{project}/_apis/{area}/{resource}/{evaluationId}",
    ],
    ["28010c54-d0c0-4c89-a5b0-1c9e188b9fb7", "IMS", "Identities", "_apis/{resource}/{*identityId}"],
];

pub(super) fn all() -> super::Response {
    super::list(LOCATIONS.iter().map(location).collect())
}

fn location([id, area, resource, route]: &[&str; 4]) -> Value {
    let is_preview = matches!(*resource, "ConnectionData" | "evaluations");
    json!({
        "id": id,
        "area": area,
        "resourceName": resource,
        "routeTemplate": route,
        "resourceVersion": 1,
        "minVersion": "1.0",
        "maxVersion": "7.1",
        "releasedVersion": if is_preview { "0.0" } else { "7.1" },
    })
}
