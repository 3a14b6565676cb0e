//! Why a call failed. Addresses in it are redacted, the service's words escaped.

use std::time::Duration;

use crate::domain::backoff::Failure;
use crate::domain::limits::Ended;
use crate::git::GitError;

/// A failed call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The identity was not accepted: 401, 203, a redirect or a web page where JSON was asked for.
    #[error("`{url}` did not accept the credentials{}", refusal.suffix())]
    NotSignedIn {
        /// What was asked, without its query.
        url: String,
        /// What came back.
        refusal: Box<Refusal>,
    },
    /// The service knows who asks, and says no.
    #[error("`{url}` refused with status {}{}", refusal.status, refusal.suffix())]
    Refused {
        /// What was asked, without its query.
        url: String,
        /// What came back.
        refusal: Box<Refusal>,
    },
    /// The service has trouble, or wants fewer requests: 5xx, 408 and 429.
    #[error("`{url}` failed with status {}{}", refusal.status, refusal.suffix())]
    Busy {
        /// What was asked, without its query.
        url: String,
        /// What came back.
        refusal: Box<Refusal>,
    },
    /// The answer is none of this API.
    #[error("`{url}` does not answer as Azure DevOps does: {reason}")]
    Unreadable {
        /// What was asked, without its query.
        url: String,
        /// Which part cannot be read.
        reason: String,
    },
    /// The answer is longer than any that is expected.
    #[error("the answer of `{url}` is longer than {most} MiB")]
    TooLong {
        /// What was asked, without its query.
        url: String,
        /// The bound.
        most: u64,
    },
    /// So many requests as were allowed have been made.
    #[error("no more requests are allowed")]
    Spent,
    /// The server was not reached, or the time was over.
    #[error(transparent)]
    Unreached(#[from] GitError),
}

/// A no of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status code.
    pub(crate) status: u16,
    /// The name of the error, which tells more than the status does: `GitRepositoryNotFoundException`.
    pub(crate) type_key: Option<String>,
    /// The service's words.
    pub(crate) message: Option<String>,
    /// The tenant that the organisation belongs to, where a challenge names it.
    pub(crate) tenant: Option<String>,
    /// How long `Retry-After` asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    fn suffix(&self) -> String {
        self.message.as_ref().map_or_else(String::new, |message| format!(": {message}"))
    }

    /// Whether it is an error of this name.
    pub(crate) fn is(&self, type_key: &str) -> bool {
        self.type_key.as_deref() == Some(type_key)
    }
}

impl ApiError {
    /// What the service said, where it said anything.
    pub(crate) const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::NotSignedIn { refusal, .. } | Self::Refused { refusal, .. } | Self::Busy { refusal, .. } => {
                Some(refusal)
            }
            Self::Unreadable { .. } | Self::TooLong { .. } | Self::Spent | Self::Unreached(_) => None,
        }
    }

    /// Whether the service does not know the thing that was asked for, or hides it. Some of its errors of that kind come
    /// with status 400.
    pub(crate) fn is_not_found(&self) -> bool {
        let Self::Refused { refusal, .. } = self else { return false };
        match refusal.type_key.as_deref() {
            Some(
                "GitRepositoryNotFoundException"
                | "ProjectDoesNotExistException"
                | "ProjectDoesNotExistWithNameException",
            ) => true,
            _ => refusal.status == 404,
        }
    }

    /// Whether the identity was refused, not what it asked for.
    pub(crate) fn is_access_denied(&self) -> bool {
        match self {
            Self::NotSignedIn { .. } => true,
            Self::Refused { refusal, .. } => {
                refusal.status == 403
                    || ["AccessCheckException", "UnauthorizedRequestException", "GitNeedsPermissionException"]
                        .iter()
                        .any(|key| refusal.is(key))
            }
            _ => false,
        }
    }

    /// What to say of `url` when the time is up or the user interrupts.
    pub(super) fn ended(ended: Ended, url: &str) -> Self {
        Self::Unreached(GitError::ended(ended, url))
    }
}

impl Failure for ApiError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Unreached(error) => error.is_transient(),
            _ => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        self.refusal()?.retry_after
    }

    fn cancelled() -> Self {
        Self::Unreached(GitError::Cancelled)
    }
}
