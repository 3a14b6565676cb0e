//! What it means that a conversation with an SSH server ran into its limits.

use super::error::SshError;
use crate::domain::limits::{Ended, Limits};

/// Runs a future until it is done, the deadline passes, or the run is interrupted.
pub(super) async fn within<T>(
    limits: &Limits,
    host: &str,
    doing: &'static str,
    future: impl Future<Output = Result<T, SshError>>,
) -> Result<T, SshError> {
    limits.run(future).await.unwrap_or_else(|ended| {
        Err(match ended {
            Ended::Cancelled => SshError::Cancelled,
            Ended::DeadlinePassed => SshError::Timeout { host: host.to_owned(), doing },
        })
    })
}
