//! Why a Git operation failed, by the cases that call for different advice.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::backoff::Failure;
use crate::domain::config::ByteSize;
use crate::domain::error::Error;
use crate::domain::limits::Ended;
use crate::git::transport::ssh::SshError;
use crate::http::{HttpError, TlsProblem, Unsendable};

/// A failed Git operation. Addresses in it are already redacted, server texts already escaped.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// 401: the identity is not accepted.
    #[error("`{url}` did not accept the credentials{}", response.suffix())]
    Unauthorized {
        /// What was requested, without a password.
        url: String,
        /// Status, headers and first words of the answer.
        response: Box<ServerResponse>,
    },
    /// A sign-in page instead of an answer (203, a redirect to `_signin`, or HTML): the credentials are wrong
    /// or expired.
    #[error("`{url}` answered with a sign-in page (status {})", response.status)]
    SignInPage {
        /// What was requested, without a password.
        url: String,
        /// Status, headers and first words of the answer.
        response: Box<ServerResponse>,
    },
    /// 403: the identity is known, but lacks a right.
    #[error("access to `{url}` is forbidden{}", response.suffix())]
    Forbidden {
        /// What was requested, without a password.
        url: String,
        /// Status, headers and first words of the answer.
        response: Box<ServerResponse>,
    },
    /// 404: no such repository, or not for this identity.
    #[error("there is no repository at `{url}`, or this identity may not see it{}", response.suffix())]
    NotFound {
        /// What was requested, without a password.
        url: String,
        /// Status, headers and first words of the answer.
        response: Box<ServerResponse>,
    },
    /// Any other status of 400 to 499.
    #[error("`{url}` refused the request with status {}{}", response.status, response.suffix())]
    BadRequest {
        /// What was requested, without a password.
        url: String,
        /// Status, headers and first words of the answer.
        response: Box<ServerResponse>,
    },
    /// 429: too many requests.
    #[error("`{url}` limits the rate of requests{}", response.suffix())]
    RateLimited {
        /// What was requested, without a password.
        url: String,
        /// What came back; `retry_after` says how long to wait.
        response: Box<ServerResponse>,
    },
    /// 500 to 599: the fault is the server's.
    #[error("`{url}` failed with status {}{}", response.status, response.suffix())]
    ServerError {
        /// What was requested, without a password.
        url: String,
        /// Status, headers and first words of the answer.
        response: Box<ServerResponse>,
    },
    /// A redirect that is not followed: to another host or scheme, or of anything but the first request.
    #[error("`{from}` redirects to `{to}`, which is not followed because credentials would go there")]
    Redirected {
        /// What was requested, without a password.
        from: String,
        /// The repository's address there, without user and query.
        to: String,
    },
    /// The host name has no address.
    #[error("cannot resolve host `{host}`")]
    Dns {
        /// The host's name, without port.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// No TCP connection came about.
    #[error("cannot connect to `{address}`")]
    Connect {
        /// `host:port`.
        address: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The connection broke while in use.
    #[error("the connection to `{url}` broke")]
    Disconnected {
        /// What was requested, without a password.
        url: String,
        /// What the operating system says of it.
        source: io::Error,
    },
    /// The TLS handshake failed.
    #[error("cannot establish TLS with `{host}`: {problem}")]
    Tls {
        /// The host's name, without port.
        host: String,
        /// Which check of the handshake failed.
        problem: TlsProblem,
    },
    /// The proxy is unreachable or refuses.
    #[error("proxy `{proxy}` {reason}")]
    Proxy {
        /// The proxy's address without userinfo.
        proxy: String,
        /// What is wrong with it.
        reason: String,
        /// The proxy's answer to `CONNECT`, where it gave one.
        status: Option<u16>,
    },
    /// The deadline passed, or the server was silent for too long.
    #[error("`{url}` did not answer in time")]
    Timeout {
        /// What was requested, without a password.
        url: String,
    },
    /// The user interrupted the operation.
    #[error("cancelled")]
    Cancelled,
    /// The branch moved, so the push would not be a fast-forward; fetch and try again.
    #[error("branch `{branch}` of `{url}` has moved on{}", because(reason))]
    StaleReference {
        /// The repository's address, without a password.
        url: String,
        /// Without `refs/heads/`.
        branch: String,
        /// The server's words; empty when we saw it ourselves.
        reason: String,
    },
    /// The server refuses to update the branch.
    #[error("`{url}` rejected the push to branch `{branch}`{}", because(reason))]
    PushRejected {
        /// The repository's address, without a password.
        url: String,
        /// Without `refs/heads/`.
        branch: String,
        /// In the words of the server, escaped.
        reason: String,
        /// What it told people beside that, line by line, escaped.
        said: Vec<String>,
    },
    /// The server refuses the pushed objects (secret scanning, quota).
    #[error("`{url}` did not accept the pushed objects{}", because(reason))]
    UnpackFailed {
        /// The repository's address, without a password.
        url: String,
        /// In the words of the server, escaped.
        reason: String,
        /// What it told people beside that, line by line, escaped.
        said: Vec<String>,
    },
    /// The push was sent, but its result is not known; fetch and look whether it landed.
    #[error("the result of the push to `{url}` is unknown")]
    PushUnknown {
        /// The repository's address, without a password.
        url: String,
        /// What cut the answer off.
        source: Box<Self>,
    },
    /// The server ended the conversation with an error of its own.
    #[error("`{url}` refused{}", because(reason))]
    RefusedByServer {
        /// The repository's address, without a password.
        url: String,
        /// In the words of the server, escaped.
        reason: String,
    },
    /// A repository whose objects are not named by SHA-1.
    #[error(
        "the repository at `{url}` names its objects by {}, which is not supported, nor by Flux in the cluster",
        object_format(format)
    )]
    ObjectFormat {
        /// What was requested, without a password.
        url: String,
        /// As the server says it: `sha256`.
        format: String,
    },
    /// The answer breaks Git's protocol, as a web page does.
    #[error("`{url}` does not speak Git's protocol: {reason}")]
    Protocol {
        /// What was requested, without a password.
        url: String,
        /// Which part of the answer cannot be read.
        reason: String,
    },
    /// The server sends more than `--max-download` allows.
    #[error("`{url}` sends more than {}, which is what may be received", ByteSize(*most))]
    MoreThanAllowed {
        /// What was requested, without a password.
        url: String,
        /// How many bytes that is.
        most: u64,
    },
    /// What a server sends is beyond what this program takes of any, however it is asked.
    #[error("`{url}` sends a pack that is not taken: {reason}")]
    Excessive {
        /// The repository's address, without a password.
        url: String,
        /// What there is too much of.
        reason: String,
    },
    /// What should be a pack is none, or not whole.
    #[error("`{url}` sends a pack that cannot be read: {reason}")]
    Pack {
        /// The repository's address, without a password.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// `--ca-file` or the environment's proxy is unusable.
    #[error("cannot reach the repository")]
    Client(#[from] HttpError),
    /// A file in place of a folder, or the reverse, on the way to a path.
    #[error("path `{path}` cannot be written: {reason}")]
    Path {
        /// The path in the repository.
        path: String,
        /// What is in the way.
        reason: String,
    },
    /// The commit could not be signed.
    #[error("cannot sign the commit")]
    Signing(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The user name or token cannot be sent.
    #[error(transparent)]
    UnusableCredentials(#[from] Unsendable),
    /// This run has no identity to show.
    #[error("{0}")]
    SignIn(Box<Error>),
    /// The temporary repository cannot be written.
    #[error("cannot write the temporary repository in `{}`", folder.display())]
    Storage {
        /// The folder for temporary files.
        folder: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// SSH failed, or refused.
    #[error(transparent)]
    Ssh(SshError),
    /// An object is missing or broken.
    #[error("cannot read Git objects: {0}")]
    Objects(String),
}

impl GitError {
    /// Trying the same request again can help: broken connections, 5xx, 429. Never authentication failures.
    pub const fn is_transient(&self) -> bool {
        if let Self::Ssh(error) = self {
            return error.is_transient();
        }
        matches!(
            self,
            Self::Dns { .. }
                | Self::Connect { .. }
                | Self::Disconnected { .. }
                | Self::ServerError { .. }
                | Self::RateLimited { .. }
                | Self::Timeout { .. }
                | Self::Proxy { status: None | Some(500..), .. }
        )
    }

    /// What to say of `url` when the time is up or the user interrupts.
    pub(crate) fn ended(ended: Ended, url: &str) -> Self {
        match ended {
            Ended::Cancelled => Self::Cancelled,
            Ended::DeadlinePassed => Self::Timeout { url: url.to_owned() },
        }
    }

    /// The HTTP response behind the failure, if one came.
    pub const fn response(&self) -> Option<&ServerResponse> {
        match self {
            Self::Unauthorized { response, .. }
            | Self::SignInPage { response, .. }
            | Self::Forbidden { response, .. }
            | Self::NotFound { response, .. }
            | Self::BadRequest { response, .. }
            | Self::RateLimited { response, .. }
            | Self::ServerError { response, .. } => Some(response),
            _ => None,
        }
    }

    /// What the server told people while it refused a push, line by line, escaped.
    pub(crate) fn said(&self) -> &[String] {
        match self {
            Self::PushRejected { said, .. } | Self::UnpackFailed { said, .. } => said,
            _ => &[],
        }
    }

    /// What the server said about it, control characters escaped.
    pub fn server_text(&self) -> Option<&str> {
        match self {
            Self::StaleReference { reason, .. }
            | Self::PushRejected { reason, .. }
            | Self::UnpackFailed { reason, .. }
            | Self::RefusedByServer { reason, .. } => Some(reason.as_str()).filter(|reason| !reason.is_empty()),
            Self::PushUnknown { source, .. } => source.server_text(),
            other => other.response()?.text.as_deref(),
        }
    }
}

impl Failure for GitError {
    fn is_transient(&self) -> bool {
        self.is_transient()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.response()?.retry_after
    }

    fn cancelled() -> Self {
        Self::Cancelled
    }
}

impl From<SshError> for GitError {
    fn from(error: SshError) -> Self {
        match error {
            SshError::Cancelled => Self::Cancelled,
            error => Self::Ssh(error),
        }
    }
}

/// The parts of an HTTP response that explain a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerResponse {
    /// The status code.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// The `WWW-Authenticate` headers.
    pub challenges: Vec<String>,
    /// `Location` without its query.
    pub location: Option<String>,
    /// How long `Retry-After` asks to wait.
    pub retry_after: Option<Duration>,
    /// What the server says in words: Azure's code and text where there is one, else a short plain-text body.
    pub text: Option<String>,
    /// The beginning of the body, escaped.
    pub excerpt: String,
}

impl ServerResponse {
    fn suffix(&self) -> String {
        because(self.text.as_deref().unwrap_or_default())
    }
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

/// A name of a hash as its standard writes it.
fn object_format(format: &str) -> String {
    if format == "sha256" { "SHA-256".to_owned() } else { format!("`{format}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_that_may_pass_are_transient() {
        let response = || Box::new(ServerResponse::default());
        let url = || "u".to_owned();
        assert!(GitError::ServerError { url: url(), response: response() }.is_transient());
        assert!(!GitError::Unauthorized { url: url(), response: response() }.is_transient());
        assert!(!GitError::Forbidden { url: url(), response: response() }.is_transient());
        let proxy = |status| GitError::Proxy { proxy: url(), reason: String::new(), status };
        assert!(proxy(None).is_transient());
        assert!(proxy(Some(502)).is_transient());
        assert!(!proxy(Some(407)).is_transient());
    }
}
