//! Who is signed in.

use serde_json::json;

use super::ids::guid;
use super::{Call, Response};

pub(super) fn data(call: &Call<'_>) -> Response {
    let (name, id) = (&call.identity.name, guid(&call.identity.name));
    let user = json!({
        "id": id,
        "descriptor": format!("Microsoft.TeamFoundation.ServiceIdentity;{id}"),
        "subjectDescriptor": format!("svc.{id}"),
        "providerDisplayName": name,
        "isActive": true,
        "properties": {"Account": {"$type": "System.String", "$value": name}},
        "resourceVersion": 2,
        "metaTypeId": 0,
    });
    super::json(
        200,
        &json!({
            "authenticatedUser": user,
            "authorizedUser": user,
            "instanceId": guid(&call.place.organisation),
            "deploymentId": guid("deployment"),
            "deploymentType": "hosted",
        }),
    )
}
