//! Who this identity is to the service: `GET {organisation}/_apis/connectionData`.

use serde::Deserialize;
use serde_json::Value;

use super::{Address, ApiError, Call, Client};
use crate::domain::server_text::printable;

/// An identity, as the service knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The id by which it is named in other calls: a GUID.
    pub(crate) id: String,
    /// Its name for people: `Jane Doe`, `platform Build Service (acme)`.
    pub(crate) name: String,
    /// Its e-mail address or account, where it has one.
    pub(crate) account: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionData {
    authenticated_user: User,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    #[serde(default)]
    provider_display_name: Option<String>,
    #[serde(default)]
    properties: Value,
}

/// The name of the identity that stands for nobody at all.
const ANONYMOUS: &str = "Anonymous";

/// Asks who is signed in; none where the service took the request for an anonymous one.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn signed_in(client: &mut Client, address: &Address) -> Result<Option<Identity>, ApiError> {
    // There is no version of this call that is not a preview.
    let call = Call::to(address.in_organization("connectionData")).in_preview(1);
    client.get(&call).map(identity_of)
}

/// The identity of an answer; none where it stands for nobody.
pub(super) fn identity_of(data: ConnectionData) -> Option<Identity> {
    identity(data.authenticated_user)
}

fn identity(user: User) -> Option<Identity> {
    let account = user.properties["Account"]["$value"].as_str().filter(|account| !account.is_empty());
    let account = account.map(printable);
    let name = user.provider_display_name.map(|name| printable(&name)).filter(|name| !name.is_empty());
    if account.as_deref() == Some(ANONYMOUS) || (account.is_none() && name.as_deref() == Some(ANONYMOUS)) {
        return None;
    }
    let name = name.or_else(|| account.clone()).unwrap_or_else(|| printable(&user.id));
    Some(Identity { id: user.id, name, account })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_has_a_name_for_people() {
        let read = |text: &str| identity(serde_json::from_str::<ConnectionData>(text).unwrap().authenticated_user);
        let jane = r#"{"authenticatedUser":{"id":"a-b","providerDisplayName":"Jane\u001b Doe",
            "properties":{"Account":{"$type":"System.String","$value":"jane@example.com"}}},"deploymentType":"hosted"}"#;
        let found = read(jane).unwrap();
        assert_eq!((found.id.as_str(), found.name.as_str()), ("a-b", "Jane\\u{1b} Doe"));
        assert_eq!(found.account.as_deref(), Some("jane@example.com"));
        assert_eq!(read(r#"{"authenticatedUser":{"id":"a-b"}}"#).unwrap().name, "a-b");
        let nobody = r#"{"authenticatedUser":{"id":"aaaa","providerDisplayName":"Anonymous",
            "properties":{"Account":{"$value":"Anonymous"}}}}"#;
        assert_eq!(read(nobody), None);
    }
}
