//! Waiting for futures from work that blocks its thread.

use std::fmt;
use std::io;

use tokio::runtime::{Builder, Runtime};

use crate::domain::limits::{Ended, Limits};

/// A runtime that turns only while its owner waits for something. Not to be waited for within a task of another runtime;
/// `spawn_blocking` is the place.
pub(crate) struct Turning(Option<Runtime>);

impl Turning {
    /// A runtime of this thread's own.
    pub(crate) fn new() -> io::Result<Self> {
        Builder::new_current_thread().enable_all().build().map(|runtime| Self(Some(runtime)))
    }

    /// Waits for a future within limits.
    pub(crate) fn wait<T>(&self, limits: &Limits, work: impl Future<Output = T>) -> Result<T, Ended> {
        match &self.0 {
            Some(runtime) => runtime.block_on(limits.run(work)),
            None => Err(Ended::Cancelled),
        }
    }

    /// Does what only needs to be done within the runtime.
    pub(crate) fn enter<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let Some(runtime) = &self.0 else { return Err(io::ErrorKind::NotConnected.into()) };
        let _entered = runtime.enter();
        work()
    }
}

impl fmt::Debug for Turning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Turning")
    }
}

/// A name that is still being resolved holds up nobody.
impl Drop for Turning {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
