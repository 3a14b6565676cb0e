//! What can go wrong, and when.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::route::Route;
use crate::support::process::{SOON, wait_for};

/// A way to fail.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The connection is reset without an answer.
    Reset,
    /// This status with a short HTML body.
    Status(u16),
    /// This status, content type and body.
    Answer(u16, String, String),
    /// 429 with this `Retry-After` in seconds and TF400733.
    Throttled(u64),
    /// No answer until the client goes away.
    Hang,
    /// The right answer, after this time.
    Late(Duration),
    /// The right answer, once the scenario lets it through.
    Held(Hold),
    /// The right answer, broken off after so many bytes of its body.
    Truncated(usize),
    /// 302 to this location.
    Redirect(String),
    /// 203 with the HTML sign-in page.
    SignInPage,
    /// The push is accepted by the transport, but its unpack line says this.
    UnpackError(String),
    /// The request is carried out, and never answered.
    AnswerLate,
    /// The request is carried out, but the answer is lost: the connection is reset.
    AnswerLost,
}

/// Keeps a request back until the scenario has done something meanwhile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hold {
    came: Arc<AtomicBool>,
    free: Arc<AtomicBool>,
}

impl Hold {
    /// Waits for the request, does this, and lets the request through.
    pub(crate) fn meanwhile<T>(&self, act: impl FnOnce() -> T) -> T {
        wait_for("the request to hold", SOON, || self.came.load(Ordering::Acquire).then_some(()));
        let result = act();
        self.free.store(true, Ordering::Release);
        result
    }

    /// The server's part: tells that the request came, and waits.
    pub(super) fn keep(&self) {
        self.came.store(true, Ordering::Release);
        wait_for("the scenario to go on", SOON, || self.free.load(Ordering::Acquire).then_some(()));
    }
}

/// A fault waiting for its request.
#[derive(Debug)]
pub(super) struct Planned {
    route: Route,
    skip: usize,
    times: usize,
    fault: Fault,
}

impl Planned {
    pub(super) const fn new(route: Route, skip: usize, times: usize, fault: Fault) -> Self {
        Self { route, skip, times, fault }
    }
}

/// Takes the fault that a request of this route meets now.
pub(super) fn take(plan: &mut [Planned], route: Route) -> Option<Fault> {
    for planned in plan.iter_mut().filter(|planned| planned.route == route && planned.times > 0) {
        if planned.skip > 0 {
            planned.skip -= 1;
            continue;
        }
        planned.times -= 1;
        return Some(planned.fault.clone());
    }
    None
}
