//! What an HTTP response that is not the expected one means.

use std::io::Read;
use std::sync::LazyLock;

use regex::Regex;
use ureq::http::{HeaderMap, StatusCode, header};

use crate::domain::server_text::escaped;
use crate::git::error::{GitError, ServerResponse};

/// So much of a body is read to explain a failure.
const BODY_LIMIT: u64 = 16 * 1024;
/// So much of it is kept.
const EXCERPT: usize = 400;

/// Azure DevOps' codes with the text behind them, wherever they stand in a body.
static CODE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:TF|VS)\d{5,7}: [^\r\n<"]+"#).expect("the expression is valid"));

/// Reads what explains a failure from a response.
pub fn explain(status: StatusCode, headers: &HeaderMap, body: impl Read) -> ServerResponse {
    let mut bytes = Vec::new();
    // A body that breaks off explains as far as it goes.
    let _ = body.take(BODY_LIMIT).read_to_end(&mut bytes);
    let body = String::from_utf8_lossy(&bytes);
    let text =
        |name: header::HeaderName| headers.get(name).map(|value| escaped(&String::from_utf8_lossy(value.as_bytes())));
    let content_type = text(header::CONTENT_TYPE);
    let challenges = headers
        .get_all(header::WWW_AUTHENTICATE)
        .iter()
        .map(|value| escaped(&String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let location = text(header::LOCATION).map(|location| strip_userinfo(without_query(&location)));
    ServerResponse {
        status: status.as_u16(),
        text: words(content_type.as_deref(), headers, &body),
        excerpt: escaped(&body.chars().take(EXCERPT).collect::<String>()),
        content_type,
        challenges,
        location,
        retry_after: crate::http::retry_after(headers),
    }
}

/// What the server says in words.
fn words(content_type: Option<&str>, headers: &HeaderMap, body: &str) -> Option<String> {
    if let Some(found) = CODE.find(body) {
        return Some(escaped(found.as_str()));
    }
    // Azure's own header, percent-encoded as a form.
    if let Some(value) = headers.get("x-tfs-serviceerror").and_then(|value| value.to_str().ok()) {
        let spaced = value.replace('+', " ");
        return Some(escaped(&percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy()));
    }
    let is_plain = content_type.is_some_and(|kind| kind.starts_with("text/plain"));
    let short = body.trim();
    (is_plain && !short.is_empty() && short.len() <= EXCERPT).then(|| escaped(short))
}

fn without_query(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap_or_default()
}

/// Whether an answer is a page for a browser to sign in, in place of what was asked for.
fn is_sign_in(response: &ServerResponse) -> bool {
    let redirected = (300..400).contains(&response.status);
    let to_sign_in = response.location.as_deref().is_some_and(|location| {
        let location = location.to_ascii_lowercase();
        ["/_signin", "login.microsoftonline.com", "login.windows.net", ".vssps.visualstudio.com"]
            .iter()
            .any(|part| location.contains(part))
    });
    let page = response.content_type.as_deref().is_some_and(|kind| kind.starts_with("text/html"));
    response.status == 203 || (redirected && to_sign_in) || (response.status < 300 && page)
}

/// The failure that a response stands for.
pub fn failure(url: String, response: ServerResponse) -> GitError {
    let sign_in = is_sign_in(&response);
    let to = response.location.clone().unwrap_or_default();
    let response = Box::new(response);
    match response.status {
        _ if sign_in => GitError::SignInPage { url, response },
        300..400 => {
            // The repository's address, not that of a part of it.
            let to = to.strip_suffix("/info/refs").unwrap_or(&to);
            GitError::Redirected { from: url, to: to.to_owned() }
        }
        401 => GitError::Unauthorized { url, response },
        403 => GitError::Forbidden { url, response },
        404 => GitError::NotFound { url, response },
        407 => GitError::Proxy { proxy: url, reason: "wants credentials (status 407)".into(), status: Some(407) },
        429 => GitError::RateLimited { url, response },
        400..500 => GitError::BadRequest { url, response },
        500.. => GitError::ServerError { url, response },
        status => {
            let kind = response.content_type.as_deref().unwrap_or("no content type");
            GitError::Protocol { url, reason: format!("status {status} with {kind}") }
        }
    }
}

/// A redirect's target without a user that it may name.
fn strip_userinfo(location: &str) -> String {
    let Some((scheme, rest)) = location.split_once("://") else { return location.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{}", &rest[end..])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn explained(status: u16, headers: &[(&'static str, &str)], body: &str) -> ServerResponse {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        explain(StatusCode::from_u16(status).unwrap(), &map, body.as_bytes())
    }

    #[test]
    fn azure_s_text_is_found_behind_its_frames() {
        let text = "TF401027: You need the Git 'GenericContribute' permission to perform this action.";
        let body = format!("001f# service=git-receive-pack\n0000000000aa{text}\n{text}");
        let response = explained(403, &[("content-type", "text/plain")], &body);
        assert_eq!(response.text.as_deref(), Some(text));
        let json = format!(r#"{{"$id":"1","message":"{text}","typeKey":"X"}}"#);
        assert_eq!(explained(404, &[("content-type", "application/json")], &json).text.as_deref(), Some(text));
        let header = "TF400813%3a+Resource+not+available";
        let response = explained(401, &[("x-tfs-serviceerror", header), ("content-type", "text/html")], "<html>");
        assert_eq!(response.text.as_deref(), Some("TF400813: Resource not available"));
    }

    #[test]
    fn each_answer_has_its_case() {
        let case = |status, headers: &[(&'static str, &str)]| {
            let error = failure("u".into(), explained(status, headers, "body"));
            format!("{error:?}").split([' ', '(']).next().unwrap().to_owned()
        };
        let html = ("content-type", "text/html; charset=utf-8");
        assert_eq!(case(203, &[html]), "SignInPage");
        assert_eq!(case(200, &[html]), "SignInPage");
        assert_eq!(case(302, &[("location", "https://spsprodcus1.vssps.visualstudio.com/_signin?a=b")]), "SignInPage");
        assert_eq!(case(302, &[("location", "https://elsewhere/")]), "Redirected");
        assert_eq!(case(401, &[html]), "Unauthorized");
        assert_eq!(case(403, &[]), "Forbidden");
        assert_eq!(case(404, &[]), "NotFound");
        assert_eq!(case(400, &[]), "BadRequest");
        assert_eq!(case(429, &[]), "RateLimited");
        assert_eq!(case(503, &[]), "ServerError");
        assert_eq!(case(200, &[("content-type", "application/json")]), "Protocol");
    }

    #[test]
    fn headers_are_kept_without_secrets() {
        let response = explained(
            429,
            &[
                ("retry-after", "7"),
                ("location", "https://u:p@h/p?token=x#y"),
                ("www-authenticate", "Basic realm=\"a\""),
            ],
            "",
        );
        assert_eq!(response.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(response.location.as_deref(), Some("https://h/p"));
        assert_eq!(response.challenges, ["Basic realm=\"a\""]);
        assert_eq!(strip_userinfo("https://u:p@h/p"), "https://h/p");
    }
}
