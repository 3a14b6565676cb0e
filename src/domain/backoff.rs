//! The one policy for trying again: how pauses grow, how they are spread, what `Retry-After` does to them, when to stop.

use std::fmt;
use std::time::{Duration, Instant};

use super::limits::{Ended, Limits};

/// The first pause, at its longest.
const FIRST: Duration = Duration::from_millis(100);
/// The longest pause that nobody asked for.
const LONGEST: Duration = Duration::from_secs(5);

/// How long a failure is worth another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// So many attempts; more only where the server says when to come back.
    Attempts(u32),
    /// As long as the next attempt begins within this time of the first.
    For(Duration),
    /// Until the time is over.
    ToTheEnd,
}

/// Why there is no further attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenUp {
    /// It was tried often or long enough.
    Enough,
    /// The pause would last longer than the time that is left.
    NoTimeLeft,
}

/// A row of attempts at the same thing.
#[derive(Debug)]
pub(crate) struct Backoff {
    limits: Limits,
    started: Instant,
    failed: u32,
}

impl Backoff {
    /// Before the first attempt.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), started: Instant::now(), failed: 0 }
    }

    /// How many attempts have failed.
    pub(crate) const fn failed(&self) -> u32 {
        self.failed
    }

    /// Goes on as after so many failed attempts.
    pub(crate) const fn resume_after(mut self, failed: u32) -> Self {
        self.failed = failed;
        self
    }

    /// The pause after another failed attempt: doubling from 100 ms to 5 s, a random part of it up to half taken off so
    /// that many clients do not come back at the same moment; at least as long as the server `asked` for.
    pub(crate) fn next(&mut self, asked: Option<Duration>, persistence: Persistence) -> Result<Duration, GivenUp> {
        self.failed += 1;
        let growing = FIRST.saturating_mul(1 << (self.failed - 1).min(16)).min(LONGEST);
        let spread = growing.mul_f64(1.0 - rand::random::<f64>() / 2.0);
        let pause = asked.map_or(spread, |asked| asked.max(spread));
        let again = Instant::now() + pause.min(Duration::from_secs(31_536_000));
        let deadline = self.limits.deadline();
        let enough = match persistence {
            Persistence::Attempts(most) => asked.is_none() && self.failed >= most,
            Persistence::For(time) => again >= self.started + time && self.started + time < deadline,
            Persistence::ToTheEnd => false,
        };
        match enough {
            true => Err(GivenUp::Enough),
            false if again >= deadline => Err(GivenUp::NoTimeLeft),
            false => Ok(pause),
        }
    }
}

/// How often a read is tried.
const READS: Persistence = Persistence::Attempts(6);

/// What [`retrying`] has to know of a failure.
pub(crate) trait Failure: fmt::Display {
    /// Trying the same request again can help. Never so of a refusal.
    fn is_transient(&self) -> bool;
    /// How long the server asks to wait.
    fn retry_after(&self) -> Option<Duration>;
    /// What to fail with when the user interrupts a pause.
    fn cancelled() -> Self;
}

/// Repeats a read on this thread while its failure is transient: up to six times; after `Retry-After` as often as the
/// deadline allows. `on_retry` is told every failed attempt and the pause before the next.
pub(crate) fn retrying<T, E: Failure>(
    limits: &Limits,
    on_retry: &dyn Fn(&E, Duration),
    mut request: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut backoff = Backoff::new(limits);
    let mut before = None;
    loop {
        let error = match request() {
            Err(error) if error.is_transient() => error,
            done => return done,
        };
        // An attempt that the deadline cut short says less than the one before it.
        let error = match before.take() {
            Some(before) if limits.left() == Err(Ended::DeadlinePassed) => before,
            _ => error,
        };
        let Ok(pause) = backoff.next(error.retry_after(), READS) else { return Err(error) };
        tracing::debug!(failed = backoff.failed(), ?pause, %error, "trying again");
        on_retry(&error, pause);
        match limits.sleep_blocking(pause) {
            Ok(()) => before = Some(error),
            Err(Ended::Cancelled) => return Err(E::cancelled()),
            Err(Ended::DeadlinePassed) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

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
    fn attempts(limits: &Limits, trouble: &Trouble, times: u32) -> (Result<(), Trouble>, u32, Vec<Duration>) {
        let (mut calls, told) = (0, RefCell::new(Vec::new()));
        let on_retry = |_: &Trouble, pause| told.borrow_mut().push(pause);
        let result = retrying(limits, &on_retry, || {
            calls += 1;
            if calls <= times { Err(trouble.clone()) } else { Ok(()) }
        });
        (result, calls, told.into_inner())
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let mut backoff = Backoff::new(&Limits::after(LONG * 60));
        for longest in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            let pause = backoff.next(None, Persistence::ToTheEnd).unwrap().as_millis();
            assert!(pause <= longest && pause >= longest / 2, "{longest}: {pause}");
        }
        let mut late = Backoff::new(&Limits::after(LONG * 60)).resume_after(40);
        assert!(late.next(None, Persistence::ToTheEnd).unwrap() <= LONGEST);
        assert_eq!(late.next(Some(LONG), Persistence::ToTheEnd), Ok(LONG));
    }

    #[test]
    fn whoever_gives_up_knows_why() {
        let next = |limits: &Limits, asked, persistence| Backoff::new(limits).next(asked, persistence);
        let (long, short) = (Limits::after(LONG), Limits::after(Duration::ZERO));
        assert_eq!(next(&long, None, Persistence::Attempts(1)), Err(GivenUp::Enough));
        assert_eq!(next(&long, Some(FIRST), Persistence::Attempts(1)), Ok(FIRST), "the server says when");
        assert_eq!(next(&long, None, Persistence::For(Duration::ZERO)), Err(GivenUp::Enough));
        assert_eq!(next(&short, None, Persistence::For(LONG)), Err(GivenUp::NoTimeLeft));
        assert_eq!(next(&long, Some(Duration::MAX), Persistence::ToTheEnd), Err(GivenUp::NoTimeLeft));
    }

    #[test]
    fn a_transient_failure_is_tried_again_and_others_are_not() {
        let limits = Limits::after(LONG);
        // Whoever says when to come back is asked more often than six times.
        let asked = Trouble::Passing(Some(Duration::from_millis(1)));
        let (result, calls, _) = attempts(&limits, &asked, 7);
        assert_eq!((result, calls), (Ok(()), 8));
        assert_eq!(attempts(&limits, &Trouble::Refusal, 6), (Err(Trouble::Refusal), 1, vec![]));
        let (result, calls, told) = attempts(&limits, &Trouble::Passing(None), 9);
        assert_eq!((result, calls, told.len()), (Err(Trouble::Passing(None)), 6, 5));
    }

    #[test]
    fn a_pause_longer_than_the_deadline_returns_the_failure_at_once() {
        let start = Instant::now();
        let far = Trouble::Passing(Some(Duration::from_secs(3600)));
        assert_eq!(attempts(&Limits::after(LONG), &far, 6), (Err(far), 1, vec![]));
        assert!(start.elapsed() < LONG / 2);
    }

    #[test]
    fn an_attempt_that_the_deadline_cuts_short_does_not_hide_the_one_before() {
        let limits = Limits::after(Duration::from_millis(300));
        let mut calls = 0;
        let result: Result<(), _> = retrying(&limits, &|_, _| (), || {
            calls += 1;
            if calls == 1 {
                return Err(Trouble::Passing(Some(Duration::from_millis(1))));
            }
            while limits.left().is_ok() {}
            Err(Trouble::Passing(None))
        });
        assert_eq!(result, Err(Trouble::Passing(Some(Duration::from_millis(1)))));
    }

    #[test]
    fn an_interruption_ends_the_pause() {
        let limits = Limits::after(LONG);
        let interrupt = |_: &Trouble, _| limits.cancel();
        let request = || Err::<(), _>(Trouble::Passing(Some(LONG / 2)));
        assert_eq!(retrying(&limits, &interrupt, request), Err(Trouble::Cancelled));
    }
}
