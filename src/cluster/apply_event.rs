//! What is told while objects are applied.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::event::ObjectChange;
use crate::domain::object_ref::ObjectRef;

/// What happens while objects are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyEvent {
    /// An object is applied, or was found to be so already.
    Applied {
        /// Which object.
        object: ObjectRef,
        /// By comparing its fields before and after.
        change: ObjectChange,
    },
    /// CustomResourceDefinitions are not served yet.
    AwaitingKinds {
        /// As in `gitrepositories.source.toolkit.fluxcd.io`.
        names: Vec<String>,
    },
    /// The server seems to have forgotten a CustomResourceDefinition, and is made to look at it.
    Reminding {
        /// Which of them.
        definition: ObjectRef,
    },
    /// The server cannot be asked whether CustomResourceDefinitions are served; told once for each time.
    AwaitingServer {
        /// Why the last request failed.
        reason: String,
        /// The pause before the next attempt.
        pause: Duration,
    },
    /// A request failed in a way that may pass, and is sent again.
    Retrying {
        /// Which object.
        object: ObjectRef,
        /// Why it failed.
        reason: String,
        /// The pause before the next attempt.
        pause: Duration,
    },
}

/// The callback, shared by the requests that are on their way at the same time.
pub(crate) struct Narrator<'a>(Mutex<&'a mut (dyn FnMut(ApplyEvent) + Send)>);

impl<'a> Narrator<'a> {
    pub(crate) const fn new(on_event: &'a mut (dyn FnMut(ApplyEvent) + Send)) -> Self {
        Self(Mutex::new(on_event))
    }

    pub(crate) fn say(&self, event: ApplyEvent) {
        (self.0.lock().unwrap_or_else(PoisonError::into_inner))(event);
    }
}
