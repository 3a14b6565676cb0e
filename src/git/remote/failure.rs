//! What a failed request comes to.

use crate::git::error::GitError;
use crate::git::objects::storage;
use crate::git::pack::PackError;
use crate::git::transport::failure::from_io;
use crate::git::transport::ssh::SshError;

/// Whether another way of asking can help: the server understood and declined, or choked.
pub(super) const fn is_refusal(error: &GitError) -> bool {
    matches!(
        error,
        GitError::RefusedByServer { .. }
            | GitError::BadRequest { .. }
            | GitError::ServerError { .. }
            | GitError::Protocol { .. }
            | GitError::Disconnected { .. }
            | GitError::Objects(_)
            | GitError::Pack { .. }
            | GitError::Ssh(SshError::CommandFailed { .. } | SshError::Broken { .. })
    )
}

/// Names the server whose objects cannot be read.
pub(super) fn sent_by(url: &str, error: GitError) -> GitError {
    match error {
        GitError::Objects(reason) => GitError::Objects(format!("{reason}, as `{url}` sent it")),
        error => error,
    }
}

/// Why a pack was not taken.
pub(super) fn unusable(url: &str, error: PackError) -> GitError {
    let to_name = || url.to_owned();
    match error {
        PackError::Stream(error) => from_io(url, error),
        PackError::Disk(error) => storage(error),
        PackError::Ended(ended) => GitError::ended(ended, url),
        PackError::Broken(reason) => GitError::Pack { url: to_name(), reason },
        PackError::TooLarge(reason) => GitError::Excessive { url: to_name(), reason },
    }
}

/// Whether a push that failed so may have happened all the same.
pub(super) const fn may_have_landed(error: &GitError) -> bool {
    matches!(
        error,
        GitError::Disconnected { .. }
            | GitError::ServerError { .. }
            | GitError::Timeout { .. }
            | GitError::Protocol { .. }
            | GitError::Ssh(_)
            | GitError::Cancelled
    )
}
