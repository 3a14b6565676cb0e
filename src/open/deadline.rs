//! One deadline for a whole run, which does not pass while a person is being asked.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The moment at which a run gives up.
#[derive(Debug)]
pub struct Deadline(Mutex<Instant>);

impl Deadline {
    /// A deadline `timeout` from now.
    pub fn after(timeout: Duration) -> Self {
        let now = Instant::now();
        // A timeout beyond what the clock can count is a year.
        let at = now.checked_add(timeout).unwrap_or_else(|| now + Duration::from_secs(31_536_000));
        Self(Mutex::new(at))
    }

    /// The moment itself.
    pub fn at(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is left; zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.at().saturating_duration_since(Instant::now())
    }

    /// Moves the deadline by the time that `question` took, and returns that time with the answer.
    pub fn pausing<T>(&self, question: impl FnOnce() -> T) -> (T, Duration) {
        let asked = Instant::now();
        let answer = question();
        let took = asked.elapsed();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += took;
        (answer, took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_do_not_count() {
        let deadline = Deadline::after(Duration::from_secs(5));
        let before = deadline.at();
        let ((), took) = deadline.pausing(|| {
            let asked = Instant::now();
            while asked.elapsed() < Duration::from_millis(2) {}
        });
        assert!(took >= Duration::from_millis(2));
        assert_eq!(deadline.at(), before + took);
        assert!(Deadline::after(Duration::MAX).remaining() > Duration::from_secs(1_000_000));
    }
}
