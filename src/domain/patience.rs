//! How long to go on, and how often to try again: until the deadline, or until the user interrupts. Requests to the
//! API server have patience of their own in `cluster::retry`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How quickly an interruption is noticed.
pub(crate) const POLL: Duration = Duration::from_millis(50);

/// Deadline and interruption of one operation.
#[derive(Clone, Debug)]
pub struct Patience {
    /// When to give up.
    pub deadline: Instant,
    /// Set when the user interrupts.
    pub cancelled: Arc<AtomicBool>,
}

/// Why to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Impatience {
    #[error("cancelled")]
    Cancelled,
    #[error("the deadline has passed")]
    DeadlinePassed,
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

/// What [`retrying`] has to know of a failure.
pub(crate) trait Failure: fmt::Display {
    /// Trying the same request again can help. Never so of a refusal.
    fn is_transient(&self) -> bool;
    /// How long the server asks to wait.
    fn retry_after(&self) -> Option<Duration>;
    /// What to fail with when the user interrupts a pause.
    fn cancelled() -> Self;
}

/// Repeats a request that may be repeated while its failure is transient: up to four times with growing, jittered
/// pauses; after `Retry-After` as often as the deadline allows. `on_retry` is told every failed attempt and the pause
/// before the next.
pub(crate) fn retrying<T, E: Failure>(
    patience: &Patience,
    on_retry: &dyn Fn(&E, Duration),
    mut request: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut attempt = 0;
    let mut before = None;
    loop {
        let error = match request() {
            Err(error) if error.is_transient() => error,
            done => return done,
        };
        // An attempt that the deadline cut short says less than the one before it.
        let error = match before.take() {
            Some(before) if patience.left() == Err(Impatience::DeadlinePassed) => before,
            _ => error,
        };
        attempt += 1;
        let asked = error.retry_after();
        if attempt >= ATTEMPTS && asked.is_none() {
            return Err(error);
        }
        let jitter = 0.5 + rand::random::<f64>();
        let growing = || (Duration::from_millis(200) * 3_u32.saturating_pow(attempt - 1)).mul_f64(jitter);
        let pause = asked.map_or_else(growing, |asked| asked.max(POLL));
        tracing::debug!(attempt, ?pause, %error, "trying again");
        if patience.left().is_ok_and(|left| left > pause) {
            on_retry(&error, pause);
        }
        match patience.pause(pause) {
            Ok(()) => before = Some(error),
            Err(Impatience::Cancelled) => return Err(E::cancelled()),
            Err(Impatience::DeadlinePassed) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    fn patience(left: Duration) -> Patience {
        Patience { deadline: Instant::now() + left, cancelled: Arc::default() }
    }

    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
    #[error("{self:?}")]
    enum Trouble {
        Passing(Option<Duration>),
        Refusal,
        Cancelled,
    }

    impl Failure for Trouble {
        fn is_transient(&self) -> bool {
            matches!(self, Self::Passing(_))
        }

        fn retry_after(&self) -> Option<Duration> {
            if let Self::Passing(asked) = self { *asked } else { None }
        }

        fn cancelled() -> Self {
            Self::Cancelled
        }
    }

    /// What comes of a request that fails so many times, after how many attempts, and the pauses told.
    fn attempts(patience: &Patience, trouble: &Trouble, times: u32) -> (Result<(), Trouble>, u32, Vec<Duration>) {
        let (mut calls, told) = (0, RefCell::new(Vec::new()));
        let on_retry = |_: &Trouble, pause| told.borrow_mut().push(pause);
        let result = retrying(patience, &on_retry, || {
            calls += 1;
            if calls <= times { Err(trouble.clone()) } else { Ok(()) }
        });
        (result, calls, told.into_inner())
    }

    #[test]
    fn a_transient_failure_is_tried_again_and_others_are_not() {
        let patience = patience(Duration::from_secs(60));
        // Whoever says when to come back is asked more often than four times, and at that time.
        let asked = Trouble::Passing(Some(POLL));
        assert_eq!(attempts(&patience, &asked, 6), (Ok(()), 7, vec![POLL; 6]));
        assert_eq!(attempts(&patience, &Trouble::Refusal, 6), (Err(Trouble::Refusal), 1, vec![]));
        let (result, calls, told) = attempts(&patience, &Trouble::Passing(None), 6);
        assert_eq!((result, calls), (Err(Trouble::Passing(None)), 4));
        for (pause, middle) in told.iter().zip([200, 600, 1800]) {
            let pause = pause.as_millis();
            assert!(pause >= middle / 2 && pause <= middle * 3 / 2, "{told:?}");
        }
    }

    #[test]
    fn a_pause_longer_than_the_deadline_returns_the_failure_at_once() {
        let start = Instant::now();
        let far = Trouble::Passing(Some(Duration::from_secs(3600)));
        assert_eq!(attempts(&patience(Duration::from_secs(5)), &far, 6), (Err(far), 1, vec![]));
        assert!(start.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn an_attempt_that_the_deadline_cuts_short_does_not_hide_the_one_before() {
        let patience = patience(Duration::from_millis(100));
        let mut calls = 0;
        let result: Result<(), _> = retrying(&patience, &|_, _| (), || {
            calls += 1;
            if calls == 1 {
                return Err(Trouble::Passing(Some(Duration::from_millis(1))));
            }
            while patience.left().is_ok() {}
            Err(Trouble::Passing(None))
        });
        assert_eq!(result, Err(Trouble::Passing(Some(Duration::from_millis(1)))));
    }

    #[test]
    fn an_interruption_ends_the_pause() {
        let patience = patience(Duration::from_secs(60));
        let interrupt = |_: &Trouble, _| patience.cancelled.store(true, Ordering::Relaxed);
        let request = || Err::<(), _>(Trouble::Passing(Some(Duration::from_secs(30))));
        assert_eq!(retrying(&patience, &interrupt, request), Err(Trouble::Cancelled));
    }

    #[test]
    fn waiting_ends_with_the_interruption() {
        let patience = patience(Duration::from_secs(60));
        patience.cancelled.store(true, Ordering::Relaxed);
        assert_eq!(patience.wait_for(|| std::thread::sleep(Duration::from_secs(3600))), Err(Impatience::Cancelled));
        assert_eq!(patience.pause(Duration::from_secs(1)), Err(Impatience::Cancelled));
    }
}
