//! How fast requests go out, and which failures of them are worth another attempt.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{ClusterError, NoAnswer};
use crate::domain::backoff::Persistence;

/// How long a failure of a request is worth another attempt. One attempt may take longer.
pub(crate) type Worth = fn(&ClusterError) -> Persistence;

/// The first contact: a server that is not there is reported at once, one that has trouble gets half a minute.
pub(crate) const fn first_contact(error: &ClusterError) -> Persistence {
    let is_there = match error {
        ClusterError::Unreachable { cause, .. } => matches!(cause, NoAnswer::Reset),
        _ => true,
    };
    Persistence::For(Duration::from_secs(if is_there { 30 } else { 2 }))
}

/// Questions whose answer is only advice. A webhook that is away would keep the object out as well when it is written.
pub(crate) const fn advice(error: &ClusterError) -> Persistence {
    match error {
        ClusterError::WebhookDown { .. } => Persistence::ToTheEnd,
        _ => Persistence::For(Duration::from_secs(10)),
    }
}

/// What the run cannot go on without.
pub(crate) const fn needed(_: &ClusterError) -> Persistence {
    Persistence::ToTheEnd
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
}
