//! What the source secret tells about itself: its kind, its age, when its token expires. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use crate::domain::check_report::CredentialFacts;
use crate::domain::cluster_secret::is_before;
use crate::domain::config::Secret;
use crate::domain::config::token_text::expiry;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Reads the Secret object `namespace/name`. Nothing of its values gets into the facts.
pub(crate) fn facts(name: &str, secret: &Value, now: Timestamp) -> CredentialFacts {
    let holds = |key: &str| !secret["data"][key].is_null();
    let kind = if holds("identity") {
        "an SSH key"
    } else if holds("bearerToken") {
        "a bearer token"
    } else if holds("password") {
        "a user name and a token"
    } else if holds("githubAppID") {
        "a GitHub App"
    } else {
        "no credential that is known here"
    };
    let written = written(secret);
    let expires = ["bearerToken", "password"]
        .iter()
        .filter(|_| !holds("identity"))
        .find_map(|key| expiry(&decoded(&secret["data"][*key])?))
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    CredentialFacts {
        secret: name.to_owned(),
        kind: kind.to_owned(),
        written: written.map(|time| time.to_string()),
        age_in_days: written.map(|time| days(time, now)),
        expires: expires.map(|time| time.to_string()),
        expires_in_days: expires.map(|time| days(now, time)),
        unproven: secret["data"].as_object().is_some_and(|data| data.keys().any(|key| is_before(key))),
        missing: false,
        problem: None,
    }
}

/// Whole days from one time to the other, rounded down.
fn days(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(SECONDS_A_DAY)
}

/// The last time anybody wrote it: the server notes it for every field manager.
fn written(secret: &Value) -> Option<Timestamp> {
    let metadata = &secret["metadata"];
    let managers = metadata["managedFields"].as_array().into_iter().flatten();
    let times = managers.map(|manager| &manager["time"]).chain([&metadata["creationTimestamp"]]);
    times.filter_map(|time| time.as_str()?.parse().ok()).max()
}

fn decoded(value: &Value) -> Option<Secret<String>> {
    let bytes = STANDARD.decode(value.as_str()?).ok()?;
    String::from_utf8(bytes).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn age_counts_from_the_last_write() {
        let secret = json!({
            "metadata": {"creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [{"time": "2026-03-01T00:00:00Z"}]},
            "data": {"identity": "", "identity.pub": "", "known_hosts": "", "password": ""},
        });
        let facts = facts("a/b", &secret, now());
        assert_eq!((facts.kind.as_str(), facts.age_in_days, facts.expires), ("an SSH key", Some(9), None));
    }

    #[test]
    fn what_a_rotation_left_in_between_is_seen() {
        let unproven = |data: Value| facts("a/b", &json!({"data": data}), now()).unproven;
        assert!(unproven(json!({"password": "", "flux-bootstrap.before.password": ""})));
        assert!(!unproven(json!({"password": ""})));
    }

    #[test]
    fn a_jwt_tells_when_it_dies_and_is_never_shown() {
        let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{}}}"#, now().as_second() - 10));
        let token = STANDARD.encode(format!("eyJhbGciOiJub25lIn0.{payload}.sig"));
        let facts = facts("a/b", &json!({"data": {"username": "Z2l0", "password": token}}), now());
        assert_eq!(facts.expires.as_deref(), Some("2026-03-10T11:59:50Z"));
        assert_eq!(facts.expires_in_days, Some(-1));
        assert!(!format!("{facts:?}").contains(&payload));
    }
}
