//! The one clock of a run: when it gives up, and whether somebody interrupted it.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::{Either, select};
use tokio_util::sync::CancellationToken;

/// Longer than any clock counts.
const FOR_EVER: Duration = Duration::from_secs(31_536_000);

/// When to give up. Clones share the clock: a pause moves the end of all of them, also of those who wait already, and
/// an interruption ends all of them.
#[derive(Clone, Debug)]
pub struct Limits {
    clock: Arc<Clock>,
    interruption: CancellationToken,
    /// The end, if the clock did not pause any more than `paused`.
    end: Instant,
    /// How long the clock had paused when `end` was set.
    paused: Duration,
}

/// Why to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The user interrupted.
    #[error("cancelled")]
    Cancelled,
    /// The time is over.
    #[error("the deadline has passed")]
    DeadlinePassed,
}

/// A clock that stands still while a person is being asked, or a pull request waited for.
#[derive(Debug, Default)]
struct Clock {
    pauses: Mutex<Pauses>,
    /// Wakes threads that wait, when the run is interrupted.
    interrupted: Condvar,
}

#[derive(Debug, Default)]
struct Pauses {
    /// All pauses that are over.
    total: Duration,
    /// Since when the clock stands still, and for how many.
    open: Option<(Instant, u32)>,
}

impl Clock {
    fn pauses(&self) -> MutexGuard<'_, Pauses> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pauses {
    fn until(&self, now: Instant) -> Duration {
        self.total + self.open.map_or(Duration::ZERO, |(since, _)| now.saturating_duration_since(since))
    }
}

/// A pause of the clock, which ends when this is dropped.
#[must_use = "the pause is over when this is dropped"]
pub(crate) struct Pause<'a>(&'a Clock);

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let mut pauses = self.0.pauses();
        match pauses.open.take() {
            Some((since, 1)) => pauses.total += since.elapsed(),
            open => pauses.open = open.map(|(since, holders)| (since, holders - 1)),
        }
    }
}

impl Limits {
    /// A clock that starts now and ends after `timeout`.
    pub fn after(timeout: Duration) -> Self {
        let end = later(Instant::now(), timeout);
        Self { clock: Arc::default(), interruption: CancellationToken::new(), end, paused: Duration::ZERO }
    }

    /// The same, but ending after `most` where that comes first.
    #[must_use]
    pub fn within(&self, most: Duration) -> Self {
        let sooner = self.after_end(most);
        if sooner.deadline() < self.deadline() { sooner } else { self.clone() }
    }

    /// The same clock, but ending `most` from now, even where its own end is reached or near: for the diagnosis of what
    /// was not ready, and nothing else.
    #[must_use]
    pub fn after_end(&self, most: Duration) -> Self {
        let now = Instant::now();
        let paused = self.clock.pauses().until(now);
        Self { end: later(now, most), paused, ..self.clone() }
    }

    /// The end as things stand; a pause moves it.
    pub fn deadline(&self) -> Instant {
        self.end + self.clock.pauses().until(Instant::now()).saturating_sub(self.paused)
    }

    /// What is left; zero when the end is reached.
    pub fn remaining(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// The time left, unless there is none or somebody interrupted.
    ///
    /// # Errors
    /// Why there is none.
    pub fn left(&self) -> Result<Duration, Ended> {
        match self.remaining() {
            _ if self.is_cancelled() => Err(Ended::Cancelled),
            Duration::ZERO => Err(Ended::DeadlinePassed),
            left => Ok(left),
        }
    }

    /// Stops the clock while a person is being asked.
    pub fn pausing<T>(&self, question: impl FnOnce() -> T) -> T {
        let _pause = self.pause();
        question()
    }

    /// Stops the clock until what this gives is dropped: for waits that have a time of their own.
    pub(crate) fn pause(&self) -> Pause<'_> {
        let mut pauses = self.clock.pauses();
        let (since, holders) = pauses.open.unwrap_or_else(|| (Instant::now(), 0));
        pauses.open = Some((since, holders + 1));
        Pause(&self.clock)
    }

    /// Limits with a clock of their own, which ends `most` from now and that no pause stops; the interruption stays shared.
    #[must_use]
    pub(crate) fn apart(&self, most: Duration) -> Self {
        Self { interruption: self.interruption.clone(), ..Self::after(most) }
    }

    /// Interrupts everything that runs within these limits or others of the same clock.
    pub fn cancel(&self) {
        self.interruption.cancel();
        // Under the lock, so that no thread is between looking and waiting.
        let _pauses = self.clock.pauses();
        self.clock.interrupted.notify_all();
    }

    /// Whether somebody interrupted.
    pub fn is_cancelled(&self) -> bool {
        self.interruption.is_cancelled()
    }

    /// Runs a future until it is done, the time is over, or somebody interrupts; the future is then dropped.
    ///
    /// # Errors
    /// Why it was ended.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Ended> {
        let interrupted = pin!(self.interruption.cancelled());
        match select(interrupted, pin!(self.in_time(work))).await {
            Either::Left(((), _)) => Err(Ended::Cancelled),
            Either::Right((done, _)) => done,
        }
    }

    /// [`Self::run`] for what an interruption may still let come to its end.
    ///
    /// # Errors
    /// The time was over first.
    pub async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Ended> {
        match select(pin!(work), pin!(self.end_reached())).await {
            Either::Left((done, _)) => Ok(done),
            Either::Right(((), _)) => Err(Ended::DeadlinePassed),
        }
    }

    /// The end is looked at again when it seems to be reached.
    async fn end_reached(&self) {
        loop {
            let deadline = self.deadline();
            tokio::time::sleep_until(deadline.into()).await;
            if self.remaining().is_zero() {
                return;
            }
        }
    }

    /// Waits on this thread, unless there is not enough time left for that.
    ///
    /// # Errors
    /// Why the wait was not begun, or was ended.
    pub fn sleep_blocking(&self, duration: Duration) -> Result<(), Ended> {
        if self.left()? <= duration {
            return Err(Ended::DeadlinePassed);
        }
        let pauses = self.clock.pauses();
        let waited = self.clock.interrupted.wait_timeout_while(pauses, duration, |_| !self.is_cancelled());
        drop(waited);
        if self.is_cancelled() { Err(Ended::Cancelled) } else { Ok(()) }
    }
}

fn later(now: Instant, by: Duration) -> Instant {
    now.checked_add(by).unwrap_or_else(|| now + FOR_EVER)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn questions_do_not_count_for_anybody() {
        let limits = Limits::after(LONG);
        let narrow = limits.within(Duration::from_secs(5));
        let before = (limits.deadline(), narrow.deadline());
        let asked = Instant::now();
        limits.pausing(|| thread::sleep(Duration::from_millis(20)));
        let took = asked.elapsed();
        for (moved, before) in [(limits.deadline(), before.0), (narrow.deadline(), before.1)] {
            let moved = moved - before;
            assert!(moved >= Duration::from_millis(20) && moved <= took, "{moved:?} of {took:?}");
        }
        assert!(Limits::after(Duration::MAX).remaining() > Duration::from_secs(1_000_000));
    }

    #[test]
    fn limits_apart_go_on_while_the_clock_stands_still() {
        let limits = Limits::after(LONG);
        let pause = limits.pause();
        let apart = limits.apart(Duration::from_millis(10));
        thread::sleep(Duration::from_millis(30));
        assert_eq!(apart.left(), Err(Ended::DeadlinePassed));
        assert!(limits.remaining() > LONG - Duration::from_millis(20));
        drop(pause);
        limits.cancel();
        assert_eq!(apart.left(), Err(Ended::Cancelled));
    }

    #[tokio::test]
    async fn a_pause_reaches_those_who_already_wait() {
        let limits = Limits::after(Duration::from_millis(100));
        let (started, waiting) = (Instant::now(), limits.clone());
        let asked = thread::spawn(move || waiting.pausing(|| thread::sleep(Duration::from_millis(300))));
        assert_eq!(limits.run(pending::<()>()).await, Err(Ended::DeadlinePassed));
        assert!(started.elapsed() >= Duration::from_millis(300), "{:?}", started.elapsed());
        asked.join().unwrap();
    }

    #[tokio::test]
    async fn limits_are_narrowed_and_exceeded() {
        let limits = Limits::after(LONG);
        assert!(limits.within(LONG * 2).remaining() <= LONG);
        let over = limits.within(Duration::ZERO);
        assert_eq!(over.left(), Err(Ended::DeadlinePassed));
        assert_eq!(over.in_time(pending::<()>()).await, Err(Ended::DeadlinePassed));
        assert_eq!(over.in_time(ready(1)).await, Ok(1), "what is done is done");
        assert!(over.after_end(LONG).left().is_ok());
        assert_eq!(over.sleep_blocking(Duration::ZERO), Err(Ended::DeadlinePassed));
    }

    #[tokio::test]
    async fn an_interruption_ends_every_wait() {
        let limits = Limits::after(LONG);
        let started = Instant::now();
        let blocked = limits.within(LONG / 2);
        let thread = thread::spawn(move || blocked.sleep_blocking(LONG / 4));
        let (interrupted, narrow) = (limits.clone(), limits.within(LONG / 2));
        let interrupting = async { interrupted.cancel() };
        let (ended, ()) = futures::join!(narrow.run(pending::<()>()), interrupting);
        assert_eq!(ended, Err(Ended::Cancelled));
        assert_eq!(thread.join().unwrap(), Err(Ended::Cancelled));
        assert_eq!(limits.left(), Err(Ended::Cancelled));
        assert_eq!(limits.in_time(ready(1)).await, Ok(1), "what is under way may end");
        assert!(started.elapsed() < LONG / 6);
    }
}
