//! Answers of Azure DevOps' REST API, good ones and refusals, mutated.

use flux_bootstrap::for_tests::read_as_any;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::mutate::mutated_bytes;
use super::random::Random;

const ANSWERS: [&str; 6] = [
    r#"{"count":2,"value":[{"id":"a","name":"fleet","project":{"id":"b","name":"platform"},"defaultBranch":"refs/heads/main","isDisabled":true},{"id":"c","name":"r","project":{"id":"d","name":"p"}}]}"#,
    r#"{"authenticatedUser":{"id":"a","providerDisplayName":"Jane","properties":{"Account":{"$type":"System.String","$value":"jane@example.com"}}}}"#,
    r#"{"count":1,"value":[{"id":7,"isEnabled":true,"isBlocking":true,"isDeleted":false,"settings":{"scope":[{"refName":"refs/heads/main"}]},"type":{"id":"FA4E","displayName":"Build"}}]}"#,
    r#"{"$id":"1","message":"VS800075: The project with id 'x' does not exist","typeKey":"ProjectDoesNotExistException","errorCode":0}"#,
    r#"{"count":1,"value":{"Message":"The requested version \"7.1\" is under preview. For example: \"7.1-preview.1\""}}"#,
    r#"{"count":1,"value":[true]}"#,
];
const TYPES: [&str; 3] = ["application/json; charset=utf-8", "text/html", "text/plain"];
const TOKENS: &[&str] =
    &["{", "}", "[", "null", "\\u001b", "\\ud800", "1e999", "\"value\":", "\"count\":-1", "true", ","];
const STATUSES: [u16; 10] = [200, 201, 203, 302, 400, 401, 403, 404, 429, 503];
const CHALLENGE: &[u8] =
    b"Bearer authorization_uri=https://login.microsoftonline.com/7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11";

/// What is read and said must be fit for showing, and no answer may panic or grow.
pub(super) fn answers(random: &mut Random) {
    let answer = *random.pick(&ANSWERS);
    let mut body = mutated_bytes(random, answer.as_bytes(), TOKENS);
    if random.below(4) == 0 {
        body.splice(0..0, *b"\xef\xbb\xbf");
    }
    let mut headers = HeaderMap::new();
    let kind: &'static str = *random.pick(&TYPES);
    headers.insert("content-type", HeaderValue::from_static(kind));
    if let Ok(challenge) = HeaderValue::from_bytes(&mutated_bytes(random, CHALLENGE, TOKENS)) {
        headers.insert(HeaderName::from_static("www-authenticate"), challenge);
    }
    let status = StatusCode::from_u16(*random.pick(&STATUSES)).unwrap();
    for told in read_as_any(status, &headers, &body) {
        assert!(!told.chars().any(char::is_control), "{told:?}");
    }
}
