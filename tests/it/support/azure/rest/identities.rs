//! People and groups, from a file of the organisation.

use serde_json::{Value, json};

use super::{Call, Response, errors};

/// `GET _apis/identities?searchFilter=General&filterValue=..`: by address or name, as the beginning of either.
pub(super) fn find(call: &Call<'_>) -> Response {
    if !call.identity.has_scope("vso.identity") {
        return errors::no_scope();
    }
    let text = call.query("filterValue").unwrap_or_default().to_lowercase();
    let file = call.shared.root.join(call.place.organisation.to_lowercase()).join("people.json");
    let people: Vec<[String; 3]> =
        serde_json::from_str(&fs_err::read_to_string(file).unwrap_or_default()).unwrap_or_default();
    let is_called = |person: &&[String; 3]| person[1..].iter().any(|it| it.to_lowercase().starts_with(&text));
    let found: Vec<Value> = people.iter().filter(is_called).map(identity).collect();
    super::list(found)
}

fn identity([id, name, mail]: &[String; 3]) -> Value {
    json!({
        "id": id,
        "providerDisplayName": name,
        "isActive": true,
        "properties": {"Mail": {"$type": "System.String", "$value": mail}},
    })
}
