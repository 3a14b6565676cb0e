//! What the service answers: JSON, or a refusal in one of the forms that refusals have. Pure.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{HeaderMap, StatusCode, header};

use super::error::{ApiError, Refusal};
use crate::domain::server_text::printable;
use crate::git::transport::response::explain;

/// The beginning that some answers have (UTF-8's byte order mark).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads an answer. `url` is what is shown of the address.
pub(crate) fn read<T: DeserializeOwned>(
    url: &str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<T, ApiError> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let is_page = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let refused = || Box::new(refusal(status, headers, body));
    let url = url.to_owned();
    match status.as_u16() {
        203 | 300..=399 | 401 => Err(ApiError::NotSignedIn { url, refusal: refused() }),
        200..300 | 403 if is_page => Err(ApiError::NotSignedIn { url, refusal: refused() }),
        200..300 => parse(body).map_err(|error| ApiError::Unreadable { url, reason: printable(&error.to_string()) }),
        408 | 429 | 500.. => Err(ApiError::Busy { url, refusal: refused() }),
        _ => Err(ApiError::Refused { url, refusal: refused() }),
    }
}

/// Some calls answer with nothing at all.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    if body.iter().all(u8::is_ascii_whitespace) { T::deserialize(Value::Null) } else { serde_json::from_slice(body) }
}

/// An error as the service writes it, or as its outermost layer does (`{"count":1,"value":{"Message":".."}}`).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Told {
    message: Option<String>,
    type_key: Option<String>,
    value: Option<Wrapped>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Wrapped {
    message: Option<String>,
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let response = explain(status, headers, body);
    let told: Told = serde_json::from_slice(body).unwrap_or_default();
    let message = told.message.or_else(|| told.value.and_then(|value| value.message));
    Refusal {
        status: response.status,
        type_key: told.type_key.map(|key| printable(&key)),
        message: message.map(|message| printable(&message)).or(response.text),
        tenant: response.challenges.iter().find_map(|challenge| tenant(challenge)),
        retry_after: response.retry_after,
    }
}

/// The tenant in `Bearer authorization_uri=https://login.microsoftonline.com/{tenant}`.
fn tenant(challenge: &str) -> Option<String> {
    let uri = challenge.split_once("authorization_uri=")?.1;
    let uri = uri.split([',', ' ', '"']).find(|part| !part.is_empty())?;
    let tenant = uri.trim_end_matches('/').rsplit('/').next()?;
    let is_guid = tenant.len() == 36 && tenant.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_guid.then(|| tenant.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, headers: &[(&'static str, &str)], body: &str) -> Result<Value, ApiError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        read("u", StatusCode::from_u16(status).unwrap(), &map, body.as_bytes())
    }

    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");
    const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");

    #[test]
    fn each_answer_has_its_case() {
        let case = |status, kind, body| match answered(status, &[kind], body) {
            Ok(_) => "good".to_owned(),
            Err(error) => format!("{error:?}").split([' ', '(']).next().unwrap().to_owned(),
        };
        for (status, kind, body, expected) in [
            (200, JSON, "\u{feff}{\"count\":0}", "good"),
            (204, JSON, "", "good"),
            (200, HTML, "<html>", "NotSignedIn"),
            (203, HTML, "<html>", "NotSignedIn"),
            (203, JSON, "{}", "NotSignedIn"),
            (302, HTML, "", "NotSignedIn"),
            (401, JSON, "{}", "NotSignedIn"),
            (403, HTML, "<html>", "NotSignedIn"),
            (403, JSON, "{}", "Refused"),
            (404, HTML, "<html>", "Refused"),
            (409, JSON, "{}", "Refused"),
            (429, JSON, "{}", "Busy"),
            (503, HTML, "<html>", "Busy"),
            (200, JSON, "{\"count\":", "Unreadable"),
            (200, ("content-type", "text/plain"), "hello", "Unreadable"),
        ] {
            assert_eq!(case(status, kind, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn errors_are_known_by_their_name() {
        let body = r#"{"$id":"1","message":"VS800075: The project with id 'x' does not exist","typeName":"A, B",
            "typeKey":"ProjectDoesNotExistException","errorCode":0,"eventId":3000}"#;
        let error = answered(400, &[JSON], body).unwrap_err();
        assert!(error.is_not_found() && !error.is_access_denied());
        let refusal = error.refusal().unwrap();
        assert!(refusal.message.as_deref().unwrap().starts_with("VS800075"), "{refusal:?}");
        let wrapped = answered(400, &[JSON], r#"{"count":1,"value":{"Message":"no\u001b[31m"}}"#).unwrap_err();
        assert_eq!(wrapped.refusal().unwrap().message.as_deref(), Some("no\\u{1b}[31m"));
        let denied = r#"{"message":"TF401027","typeKey":"GitNeedsPermissionException"}"#;
        assert!(answered(403, &[JSON], denied).unwrap_err().is_access_denied());
    }

    #[test]
    fn a_challenge_names_the_tenant() {
        let tenant = "7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11";
        let challenge = format!("Bearer authorization_uri=https://login.microsoftonline.com/{tenant}");
        let error = answered(401, &[HTML, ("www-authenticate", &challenge)], "<html>").unwrap_err();
        assert_eq!(error.refusal().unwrap().tenant.as_deref(), Some(tenant));
        assert_eq!(super::tenant("Bearer authorization_uri=https://login.microsoftonline.com/common"), None);
    }
}
