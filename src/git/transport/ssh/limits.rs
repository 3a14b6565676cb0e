//! When waiting for an SSH server ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::error::SshError;

/// How often the flag that cancels a run is looked at.
const CANCELLATION_CHECK: Duration = Duration::from_millis(50);

/// When to give up waiting for the server.
#[derive(Clone, Debug, Default)]
pub struct SshLimits {
    /// The moment after which every operation fails.
    pub deadline: Option<Instant>,
    /// Set from elsewhere to interrupt what is going on.
    pub cancelled: Arc<AtomicBool>,
}

impl SshLimits {
    /// Runs a future until it is done, the deadline passes, or the run is cancelled.
    pub(super) async fn within<T>(
        &self,
        host: &str,
        doing: &'static str,
        future: impl Future<Output = Result<T, SshError>>,
    ) -> Result<T, SshError> {
        let deadline = async {
            match self.deadline {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        let cancelled = async {
            while !self.cancelled.load(Ordering::Relaxed) {
                tokio::time::sleep(CANCELLATION_CHECK).await;
            }
        };
        tokio::select! {
            biased;
            () = cancelled => Err(SshError::Cancelled),
            result = future => result,
            () = deadline => Err(SshError::Timeout { host: host.to_owned(), doing }),
        }
    }
}
