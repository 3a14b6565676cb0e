//! What every step writes with.

use super::account::Account;
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::open::{Session, Worlds};

/// Requests of one step on their way at the same time.
pub(super) const AT_ONCE: usize = 8;

/// What carrying out a step takes.
pub(super) struct Writer<'a, 's> {
    pub(super) session: &'a Session<'s>,
    pub(super) worlds: &'a Worlds,
    pub(super) account: &'a Account,
}

impl Writer<'_, '_> {
    /// Notes that a change begins, unless the user has interrupted: then nothing more is begun.
    pub(super) fn begin(&self, change: &str) -> Result<(), Error> {
        self.session.go_on()?;
        self.account.begin(change);
        Ok(())
    }

    /// This moment, by the wall clock.
    pub(super) fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::try_from(self.session.environment.now()).unwrap_or_default()
    }

    /// Tells an event.
    pub(super) fn report(&self, event: Event) {
        self.session.report(event);
    }
}
