//! How sign-in services are reached: the one HTTP client, with bounded answers.

use std::io::Read as _;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::Body;
use ureq::http::{Request, Response, header};
use zeroize::Zeroizing;

use super::error::{EntraError, shown};
use crate::domain::backoff::retrying;
use crate::domain::config::Secret;
use crate::domain::environment::Environment;
use crate::domain::limits::{Ended, Limits};
use crate::domain::server_text::escaped;
use crate::http::{self, SocketError, Timeouts, TlsProblem};

/// The most that is read of an answer, in bytes; tokens have a few thousand.
const MOST: u64 = 1 << 20;

/// What a service without an answer is worth.
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(20),
    response: Duration::from_secs(30),
    idle: Duration::from_secs(30),
    overall: Some(Duration::from_secs(60)),
};

/// Proxies, roots and the clock.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// Names proxies, programs and variables.
    pub(crate) environment: Environment,
    /// Certificates in PEM that are trusted besides the system's.
    pub(crate) ca: Option<Vec<u8>>,
    /// When to give up.
    pub(crate) limits: Limits,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Secret<Vec<u8>>,
    /// The `WWW-Authenticate` headers.
    pub(super) challenges: Vec<String>,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub(super) fn json(&self) -> serde_json::Value {
        let body = self.body.expose();
        serde_json::from_slice(body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)).unwrap_or_default()
    }

    /// What the service says to people, where its answer is JSON.
    pub(super) fn words(&self) -> String {
        let json = self.json();
        let words = ["message", "error_description", "error"].iter().find_map(|name| json[*name].as_str());
        words.map(escaped).unwrap_or_default()
    }
}

impl Way {
    /// Sends a form.
    pub(super) fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<Answer, EntraError> {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = fields.iter().map(|(name, value)| Zeroizing::new(format!("{name}={}", encode(value))));
        let mut body = Zeroizing::new(String::new());
        for pair in pairs {
            if !body.is_empty() {
                body.push('&');
            }
            body.push_str(&pair);
        }
        let headers = [(header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
        self.send("POST", url, &headers, body.as_bytes())
    }

    /// Asks. Failures that may pass, and answers of servers that are busy, are asked again.
    pub(super) fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, EntraError> {
        retrying(&self.limits, &|_, _| {}, || self.send_once(method, url, headers, body, TIMEOUTS))
    }

    /// Asks once, and waits no longer than `timeouts` say.
    pub(super) fn send_once(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        timeouts: Timeouts,
    ) -> Result<Answer, EntraError> {
        let agent = http::agent(&self.environment, url, self.ca.as_deref(), timeouts, &self.limits)
            .map_err(|error| EntraError::unreachable(url, error.to_string()))?;
        let mut request = Request::builder().method(method).uri(url).header(header::ACCEPT, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bad = |_| EntraError::unreachable(url, "the request cannot be sent");
        let request = request.body(body.to_vec()).map_err(bad)?;
        let answer = agent.run(request).map_err(|error| failure(url, error))?;
        tracing::debug!(method, url = shown(url), status = answer.status().as_u16(), "sign-in request");
        read(url, answer)
    }
}

fn read(url: &str, answer: Response<Body>) -> Result<Answer, EntraError> {
    let status = answer.status().as_u16();
    if status == 429 || status >= 500 {
        let retry_after = http::retry_after(answer.headers());
        return Err(EntraError::Busy { url: shown(url).to_owned(), status, retry_after });
    }
    let challenges = answer.headers().get_all(header::WWW_AUTHENTICATE).iter();
    let challenges = challenges.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect();
    let mut body = Vec::new();
    let read = answer.into_body().into_reader().take(MOST).read_to_end(&mut body);
    read.map_err(|error| failure(url, ureq::Error::Io(error)))?;
    Ok(Answer { status, body: Secret::new(body), challenges })
}

fn failure(url: &str, error: ureq::Error) -> EntraError {
    let ended = match &error {
        ureq::Error::Other(inner) => inner.downcast_ref::<SocketError>(),
        ureq::Error::Io(inner) => inner.get_ref().and_then(|inner| inner.downcast_ref::<SocketError>()),
        _ => None,
    };
    match ended {
        Some(SocketError::Ended(ended)) => EntraError::Ended(*ended),
        Some(other) => EntraError::unreachable(url, other.to_string()),
        None if matches!(error, ureq::Error::Timeout(_)) => EntraError::Ended(Ended::DeadlinePassed),
        None => match tls_problem(&error) {
            Some(problem) => EntraError::Tls { url: shown(url).to_owned(), problem },
            None => EntraError::unreachable(url, error.to_string()),
        },
    }
}

/// ureq does not name what its errors come from.
fn tls_problem(error: &ureq::Error) -> Option<TlsProblem> {
    match error {
        ureq::Error::Io(inner) => TlsProblem::within(inner),
        ureq::Error::Rustls(inner) => Some(TlsProblem::of(inner)),
        other => TlsProblem::within(other),
    }
}
