//! How long to go on: until the deadline, or until the user interrupts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::git::error::GitError;

/// How quickly an interruption is noticed.
pub(crate) const POLL: Duration = Duration::from_millis(50);

/// Deadline and interruption of one operation.
#[derive(Clone, Debug)]
pub(crate) struct Patience {
    pub(crate) deadline: Instant,
    pub(crate) cancelled: Arc<AtomicBool>,
}

/// Why to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Impatience {
    #[error("cancelled")]
    Cancelled,
    #[error("the deadline has passed")]
    DeadlinePassed,
}

impl Impatience {
    pub(crate) fn on(self, url: &str) -> GitError {
        match self {
            Self::Cancelled => GitError::Cancelled,
            Self::DeadlinePassed => GitError::Timeout { url: url.to_owned() },
        }
    }
}

impl Patience {
    /// The time left.
    pub(crate) fn left(&self) -> Result<Duration, Impatience> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Impatience::Cancelled);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Impatience::DeadlinePassed) } else { Ok(left) }
    }

    /// The time until the next look at the flag.
    pub(crate) fn slice(&self) -> Result<Duration, Impatience> {
        self.left().map(|left| left.min(POLL))
    }

    /// Waits, unless there is not enough time left.
    pub(crate) fn pause(&self, duration: Duration) -> Result<(), Impatience> {
        if self.left()? <= duration {
            return Err(Impatience::DeadlinePassed);
        }
        let end = Instant::now() + duration;
        while Instant::now() < end {
            let slice = self.slice()?;
            std::thread::sleep(slice.min(end.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }

    /// Runs what cannot be interrupted, such as a name lookup, on a thread of its own; the thread is left alone
    /// when patience ends first.
    pub(crate) fn wait_for<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Impatience> {
        let (sender, receiver) = mpsc::sync_channel(1);
        std::thread::spawn(move || sender.send(work()));
        loop {
            match receiver.recv_timeout(self.slice()?) {
                Ok(result) => return Ok(result),
                Err(RecvTimeoutError::Timeout) => {}
                // Only a panic drops the sender; it has been reported on its thread.
                Err(RecvTimeoutError::Disconnected) => return Err(Impatience::Cancelled),
            }
        }
    }
}

/// How often a request is tried.
const ATTEMPTS: u32 = 4;

/// Repeats a request that may be repeated while its failure is transient: up to four times with growing, jittered
/// pauses; after `Retry-After` as often as the deadline allows.
pub(crate) fn retrying<T>(
    patience: &Patience,
    mut request: impl FnMut() -> Result<T, GitError>,
) -> Result<T, GitError> {
    let mut attempt = 0;
    loop {
        let error = match request() {
            Err(error) if error.is_transient() => error,
            done => return done,
        };
        attempt += 1;
        let asked = error.response().and_then(|response| response.retry_after);
        if attempt >= ATTEMPTS && asked.is_none() {
            return Err(error);
        }
        let jitter = 0.5 + rand::random::<f64>();
        let pause = asked.unwrap_or_else(|| Duration::from_millis(200) * 3_u32.pow(attempt - 1)).max(POLL);
        let pause = if asked.is_some() { pause } else { pause.mul_f64(jitter) };
        tracing::debug!(attempt, ?pause, %error, "trying again");
        match patience.pause(pause) {
            Ok(()) => {}
            Err(Impatience::Cancelled) => return Err(GitError::Cancelled),
            Err(Impatience::DeadlinePassed) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::error::ServerResponse;

    fn patience(left: Duration) -> Patience {
        Patience { deadline: Instant::now() + left, cancelled: Arc::default() }
    }

    fn failure(retry_after: Option<Duration>) -> GitError {
        let response = Box::new(ServerResponse { status: 503, retry_after, ..Default::default() });
        GitError::ServerError { url: "u".into(), response }
    }

    #[test]
    fn a_transient_failure_is_tried_again_and_others_are_not() {
        let mut calls = 0;
        let result = retrying(&patience(Duration::from_secs(60)), || {
            calls += 1;
            if calls < 3 { Err(failure(Some(Duration::from_millis(1)))) } else { Ok(calls) }
        });
        assert_eq!(result.unwrap(), 3);
        let mut calls = 0;
        let refused = || GitError::Unauthorized { url: "u".into(), response: Box::default() };
        let result: Result<(), _> = retrying(&patience(Duration::from_secs(60)), || {
            calls += 1;
            Err(refused())
        });
        assert!(result.is_err() && calls == 1);
    }

    #[test]
    fn a_pause_longer_than_the_deadline_returns_the_failure_at_once() {
        let start = Instant::now();
        let result: Result<(), _> =
            retrying(&patience(Duration::from_secs(5)), || Err(failure(Some(Duration::from_secs(3600)))));
        assert!(matches!(result, Err(GitError::ServerError { .. })));
        assert!(start.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn waiting_ends_with_the_interruption() {
        let patience = patience(Duration::from_secs(60));
        patience.cancelled.store(true, Ordering::Relaxed);
        assert_eq!(patience.wait_for(|| std::thread::sleep(Duration::from_secs(3600))), Err(Impatience::Cancelled));
        assert_eq!(patience.pause(Duration::from_secs(1)), Err(Impatience::Cancelled));
    }
}
