//! To whom events are told.

use std::sync::{Mutex, PoisonError};

use super::Event;
use crate::domain::error::Error;

/// Receives the events of a run.
pub(crate) trait Reporter: Send {
    /// Takes one event; must not fail a run.
    fn report(&mut self, event: &Event);

    /// Says how the run ended, where that is said in the same form as events.
    fn finish(&mut self, failure: Option<&Error>) {
        let _ = failure;
    }
}

/// A reporter to which several parts of a run speak while they work side by side.
pub(crate) struct SharedReporter<'a>(Mutex<&'a mut dyn Reporter>);

impl<'a> SharedReporter<'a> {
    /// Shares a reporter as long as this lives.
    pub(crate) const fn new(reporter: &'a mut dyn Reporter) -> Self {
        Self(Mutex::new(reporter))
    }

    /// Takes one event.
    pub(crate) fn tell(&self, event: &Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).report(event);
    }
}

impl Reporter for &SharedReporter<'_> {
    fn report(&mut self, event: &Event) {
        self.tell(event);
    }
}
