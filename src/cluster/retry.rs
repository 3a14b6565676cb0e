//! How fast and how often requests go out: a token bucket, and pauses between attempts.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{ClusterError, NoAnswer};

/// Which failures of a request are worth another attempt, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The first contact: a server that is not there is reported at once, one that has trouble gets half a minute.
    FirstContact,
    /// Questions whose answer is only advice: ten seconds.
    Short,
    /// Until the deadline.
    Deadline,
}

impl Patience {
    /// How long failures like this are worth another attempt, of what the deadline leaves. One attempt may take
    /// longer.
    pub(crate) fn limit(self, error: &ClusterError, left: Duration) -> Duration {
        let is_there = match error {
            ClusterError::Unreachable { cause, .. } => *cause == NoAnswer::Reset,
            _ => true,
        };
        match (self, is_there) {
            (Self::FirstContact, false) => left.min(Duration::from_secs(2)),
            (Self::FirstContact, true) => left.min(Duration::from_secs(30)),
            (Self::Short, _) => left.min(Duration::from_secs(10)),
            (Self::Deadline, _) => left,
        }
    }
}

/// The pause before the attempt after `failed` failed ones: doubling from 100 ms to 5 s, a random part of it up
/// to half taken off, so that many clients do not come back at the same moment.
pub(crate) fn pause(failed: u32) -> Duration {
    let longest = Duration::from_millis(100 << failed.saturating_sub(1).min(6)).min(Duration::from_secs(5));
    longest.mul_f64(1.0 - rand::random::<f64>() / 2.0)
}

/// A token bucket: `burst` requests at once, `qps` a second in the long run.
#[derive(Debug)]
pub(crate) struct Bucket {
    qps: f64,
    burst: f64,
    state: Mutex<(f64, Instant)>,
}

impl Bucket {
    /// A full bucket; none when `qps` is not positive, which means unlimited.
    pub(crate) fn new(qps: f32, burst: u32, now: Instant) -> Option<Self> {
        let burst = f64::from(burst.max(1));
        (qps > 0.0).then(|| Self { qps: f64::from(qps), burst, state: Mutex::new((burst, now)) })
    }

    /// Takes a token, and says how long to hold the request back for it.
    pub(crate) fn take(&self, now: Instant) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, then) = *state;
        let filled = (tokens + now.saturating_duration_since(then).as_secs_f64() * self.qps).min(self.burst) - 1.0;
        *state = (filled, now);
        if filled >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-filled / self.qps) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_lets_a_burst_through_and_then_a_steady_rate() {
        let start = Instant::now();
        let bucket = Bucket::new(10.0, 2, start).unwrap();
        assert_eq!(bucket.take(start), Duration::ZERO);
        assert_eq!(bucket.take(start), Duration::ZERO);
        assert_eq!(bucket.take(start), Duration::from_millis(100));
        assert_eq!(bucket.take(start), Duration::from_millis(200));
        assert_eq!(bucket.take(start + Duration::from_secs(60)), Duration::ZERO);
        assert!(Bucket::new(0.0, 2, start).is_none());
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        for (failed, longest) in [(1, 100), (2, 200), (4, 800), (7, 5000), (40, 5000)] {
            let pause = pause(failed).as_millis();
            assert!(pause <= longest && pause >= longest / 2, "{failed}: {pause}");
        }
    }
}
