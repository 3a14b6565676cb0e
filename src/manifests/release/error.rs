//! Why a release cannot be had, by the cases that call for different advice.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::Body;
use ureq::http::Response;

use crate::domain::backoff::Failure;
use crate::domain::flux::version::FluxVersion;
use crate::domain::limits::Ended;
use crate::domain::server_text::printable;
use crate::domain::sha256_digest::Sha256Digest;
use crate::http::{self, HttpError, SocketError, TlsProblem};
use crate::manifests::base::BaseError;

/// A failed download. Addresses in it are without user and query.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The objects of other minors need other rules.
    #[error(
        "Flux `{version}` cannot be installed by this program, which is made for `{embedded}` and its minor version"
    )]
    OtherMinor {
        /// What was asked for.
        version: FluxVersion,
        /// What this binary carries.
        embedded: FluxVersion,
    },
    /// No such release.
    #[error("Flux `{version}` does not exist at `{base}`")]
    UnknownVersion {
        /// What was asked for.
        version: FluxVersion,
        /// Where.
        base: String,
    },
    /// The newest version cannot be told.
    #[error("`{url}` does not tell the newest version of Flux")]
    NoLatest {
        /// What was asked.
        url: String,
    },
    /// A response that is neither success nor "not found".
    #[error("`{url}` answered with status {status}")]
    Status {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The deadline passed, or the server was silent for too long.
    #[error("`{url}` did not answer in time")]
    Timeout {
        /// What was asked.
        url: String,
    },
    /// The user interrupted the download.
    #[error("cancelled")]
    Cancelled,
    /// The TLS handshake failed.
    #[error("cannot establish TLS with `{url}`: {problem}")]
    Tls {
        /// What was asked.
        url: String,
        /// Why.
        problem: TlsProblem,
    },
    /// The proxy opened no tunnel.
    #[error("cannot download `{url}`: proxy `{proxy}` {reason}")]
    Proxy {
        /// What was asked.
        url: String,
        /// The proxy's address without userinfo.
        proxy: String,
        /// What the proxy did.
        reason: String,
        /// The proxy's answer to `CONNECT`, where it gave one.
        status: Option<u16>,
    },
    /// The answer is not HTTP.
    #[error("cannot download `{url}`: {reason}")]
    Protocol {
        /// What was asked.
        url: String,
        /// As the HTTP client says it.
        reason: String,
    },
    /// From one address to the next without end.
    #[error("`{url}` was reached by too many redirects")]
    Redirects {
        /// The last one.
        url: String,
    },
    /// From https to http.
    #[error("`{url}` redirects to an address without TLS")]
    Downgrade {
        /// What was asked.
        url: String,
    },
    /// No connection, or one that broke off.
    #[error("cannot download `{url}`: {reason}")]
    Network {
        /// What was asked.
        url: String,
        /// As the HTTP client says it.
        reason: String,
    },
    /// The environment's proxy or the address is unusable.
    #[error("cannot download `{url}`")]
    Client {
        /// What was asked.
        url: String,
        /// What is unusable.
        source: HttpError,
    },
    /// More than any release measures.
    #[error("`{url}` is larger than any release of Flux")]
    TooLarge {
        /// What was asked.
        url: String,
    },
    /// The download is not what was published.
    #[error("`{url}` has the digest `{digest}`, but {by} `{wanted}`")]
    Digest {
        /// What was downloaded.
        url: String,
        /// Its digest.
        digest: Sha256Digest,
        /// What it should be.
        wanted: Sha256Digest,
        /// Who says so, with a verb: `file` lists.
        by: String,
    },
    /// What was downloaded is not a release.
    #[error(transparent)]
    Base(#[from] BaseError),
}

impl ReleaseError {
    /// What a failure of the client means, before an answer or in the middle of one.
    pub(super) fn of(url: &str, error: ureq::Error) -> Self {
        let url = shown(url);
        match error {
            ureq::Error::Rustls(error) => Self::Tls { url, problem: TlsProblem::of(&error) },
            ureq::Error::Timeout(_) => Self::Timeout { url },
            ureq::Error::Tls(reason) => Self::Tls { url, problem: TlsProblem::Other(reason.into()) },
            ureq::Error::Io(error) => match TlsProblem::within(&error) {
                Some(problem) => Self::Tls { url, problem },
                None if error.kind() == ErrorKind::UnexpectedEof => {
                    Self::Network { url, reason: "the connection was closed too early".into() }
                }
                None => Self::Network { url, reason: printable(&error.to_string()) },
            },
            ureq::Error::Other(inner) => match inner.downcast::<SocketError>().map(|inner| *inner) {
                Ok(SocketError::Ended(Ended::Cancelled)) => Self::Cancelled,
                Ok(SocketError::Ended(Ended::DeadlinePassed)) => Self::Timeout { url },
                Ok(SocketError::Proxy { proxy, refusal }) => {
                    Self::Proxy { url, proxy, reason: refusal.reason, status: refusal.status }
                }
                Ok(error @ SocketError::Dns { .. }) => Self::Network { url, reason: error.to_string() },
                Ok(SocketError::Connect { source, .. }) => Self::Network { url, reason: source.to_string() },
                Err(other) => Self::Protocol { url, reason: printable(&other.to_string()) },
            },
            error => Self::Protocol { url, reason: printable(&error.to_string()) },
        }
    }

    pub(super) fn status(url: &str, response: &Response<Body>) -> Self {
        let (status, retry_after) = (response.status().as_u16(), http::retry_after(response.headers()));
        Self::Status { url: shown(url), status, retry_after }
    }
}

impl Failure for ReleaseError {
    fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Network { .. }
                | Self::Timeout { .. }
                | Self::Status { status: 429 | 500.., .. }
                | Self::Proxy { status: None | Some(500..), .. }
        )
    }

    fn retry_after(&self) -> Option<Duration> {
        if let Self::Status { retry_after, .. } = self { *retry_after } else { None }
    }

    fn cancelled() -> Self {
        Self::Cancelled
    }
}

/// A URL for people: signed download addresses carry secrets in their query, and any may name a user.
pub(super) fn shown(url: &str) -> String {
    let address = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    format!("{scheme}://{}{path}", authority.rsplit('@').next().unwrap_or_default())
}
