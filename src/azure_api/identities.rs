//! People and groups, by what others call them: `GET {identities}/_apis/identities?searchFilter=General&filterValue=..`.

use serde::Deserialize;
use serde_json::Value;

use super::items::Items;
use super::{Address, ApiError, Call, Client};
use crate::domain::server_text::printable;

/// Somebody who was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Somebody {
    /// The id by which reviews are asked for: a GUID.
    pub(crate) id: String,
    /// A name for people: `Jane Doe <jane@example.com>`, `[platform]\Contributors`.
    pub(crate) name: String,
    /// What it is called besides: address, account, display name.
    pub(crate) called: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    id: String,
    #[serde(default)]
    provider_display_name: Option<String>,
    #[serde(default)]
    custom_display_name: Option<String>,
    #[serde(default = "active")]
    is_active: bool,
    #[serde(default)]
    properties: Value,
}

const fn active() -> bool {
    true
}

/// Everybody whose address, account or name is this text. Takes the scope `vso.identity`.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn called(client: &mut Client, address: &Address, text: &str) -> Result<Vec<Somebody>, ApiError> {
    let call = Call::to(address.of_identities()).with("searchFilter", "General").with("filterValue", text);
    let found = client.get::<Items<Option<Found>>>(&call)?.0;
    Ok(found.into_iter().flatten().filter(|found| found.is_active).map(somebody).collect())
}

fn somebody(found: Found) -> Somebody {
    let name = found.custom_display_name.or(found.provider_display_name).filter(|name| !name.is_empty());
    let property = |key: &str| found.properties[key]["$value"].as_str();
    let (mail, account) = (property("Mail"), property("Account"));
    let called = [mail, account, name.as_deref()].into_iter().flatten().map(str::to_owned).collect();
    let mail = mail.or(account);
    let name = match (name, mail.filter(|mail| !mail.is_empty())) {
        (Some(name), Some(mail)) => format!("{name} <{mail}>"),
        (Some(name), None) => name,
        (None, mail) => mail.unwrap_or(&found.id).to_owned(),
    };
    Somebody { name: printable(&name), called, id: found.id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_has_a_name_for_people() {
        let read = |text: &str| somebody(serde_json::from_str(text).unwrap()).name;
        let jane = r#"{"id":"i","providerDisplayName":"Jane Doe","properties":{"Mail":{"$value":"jane@example.com"}}}"#;
        assert_eq!(read(jane), "Jane Doe <jane@example.com>");
        assert_eq!(read(r#"{"id":"i","providerDisplayName":"[platform]\\Contributors"}"#), "[platform]\\Contributors");
        assert_eq!(read(r#"{"id":"i"}"#), "i");
    }
}
