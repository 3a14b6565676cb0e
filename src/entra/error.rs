//! Why no token could be had.

use std::time::Duration;

use crate::domain::backoff::Failure;
use crate::domain::config::LoginMode;
use crate::domain::limits::Ended;
use crate::domain::server_text::escaped;
use crate::http::TlsProblem;

/// What an assertion says of itself, for the advice that repeats it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Presented {
    /// The tenant that was asked.
    pub(crate) tenant: String,
    /// The application or managed identity that was named.
    pub(crate) client_id: String,
    /// Issuer, subject and audience, where an assertion was shown.
    pub(crate) assertion: Option<[String; 3]>,
}

/// A failed sign-in. Texts of services are escaped, addresses without query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EntraError {
    /// Entra says no.
    #[error("Microsoft Entra refused the sign-in: {sentence}")]
    Refused {
        /// The numbers of its errors, as in `AADSTS70021`.
        codes: Vec<u32>,
        /// Its own sentence.
        sentence: String,
        /// What was shown to it.
        presented: Box<Presented>,
    },
    /// The pipeline's service gave no token to show.
    #[error("{service} gave no token: it answered with status {status}{}", because(words))]
    NoAssertion {
        /// Which service.
        service: &'static str,
        /// Of its answer.
        status: u16,
        /// Its own words.
        words: String,
    },
    /// This machine's service gave no token.
    #[error("the managed identity service answered with status {status}{}", because(words))]
    NoIdentity {
        /// Of its answer.
        status: u16,
        /// Its own words.
        words: String,
    },
    /// No answer.
    #[error("cannot reach `{url}`: {reason}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why there is no answer.
        reason: String,
    },
    /// Who answered is not believed.
    #[error("cannot reach `{url}`: {problem}")]
    Tls {
        /// What was asked.
        url: String,
        /// Why not.
        problem: TlsProblem,
    },
    /// 429 or 5xx.
    #[error("`{url}` answered with status {status}")]
    Busy {
        /// What was asked.
        url: String,
        /// Of its answer.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// An answer that is none.
    #[error("`{from}` gave no token in a form that is understood")]
    NotUnderstood {
        /// Who answered.
        from: String,
    },
    /// A program failed.
    #[error("`{command}` failed: {problem}")]
    Program {
        /// The command, without anything secret.
        command: String,
        /// How, with its last words.
        problem: String,
    },
    /// A file or value that cannot be used.
    #[error("{what} cannot be used: {problem}")]
    Unusable {
        /// The variable and the file.
        what: String,
        /// Why.
        problem: String,
    },
    /// The token is of another tenant than the organisation.
    #[error("the token of `{mode}` is of tenant {found}, and the organisation belongs to tenant {wanted}")]
    OtherTenant {
        /// Whose.
        mode: LoginMode,
        /// Its own.
        found: String,
        /// The organisation's.
        wanted: String,
    },
    /// No source has one.
    #[error("nothing on this machine is signed in")]
    NoSource {
        /// Each source, and why it was passed over.
        passed_over: Vec<(LoginMode, String)>,
    },
    /// The time is over, or the user interrupted.
    #[error("{0}")]
    Ended(Ended),
}

impl EntraError {
    pub(super) fn unreachable(url: &str, reason: impl AsRef<str>) -> Self {
        Self::Unreachable { url: shown(url).to_owned(), reason: escaped(reason.as_ref()) }
    }
}

impl Failure for EntraError {
    fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. })
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    fn cancelled() -> Self {
        Self::Ended(Ended::Cancelled)
    }
}

fn because(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

/// An address without its query, which may hold what is secret.
pub(super) fn shown(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
