//! One deadline for a whole run, which does not pass while a person is being asked.

use std::time::{Duration, Instant};

/// The moment at which a run gives up.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    timeout: Duration,
}

impl Deadline {
    /// A deadline `timeout` from now.
    pub fn after(timeout: Duration) -> Self {
        let now = Instant::now();
        // A timeout beyond what the clock can count is a year.
        let at = now.checked_add(timeout).unwrap_or_else(|| now + Duration::from_secs(31_536_000));
        Self { at, timeout }
    }

    /// The moment itself.
    pub const fn at(self) -> Instant {
        self.at
    }

    /// The timeout it was made from.
    pub const fn timeout(self) -> Duration {
        self.timeout
    }

    /// What is left; zero when it has passed.
    pub fn remaining(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Moves the deadline by the time `question` took.
    pub fn pausing<T>(&mut self, question: impl FnOnce() -> T) -> T {
        let asked = Instant::now();
        let answer = question();
        self.at += asked.elapsed();
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_do_not_count() {
        let mut deadline = Deadline::after(Duration::from_secs(5));
        let before = deadline.at();
        deadline.pausing(|| {
            let asked = Instant::now();
            while asked.elapsed() < Duration::from_millis(2) {}
        });
        assert!(deadline.at() >= before + Duration::from_millis(2));
        assert!(Deadline::after(Duration::MAX).remaining() > Duration::from_secs(1_000_000));
    }
}
