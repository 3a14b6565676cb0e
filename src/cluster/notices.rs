//! What a connection has to tell at any time, on its way from wherever it happens to whoever tells events.

use std::future::Future;
use std::pin::pin;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::domain::event::Event;

/// The speaking end; one that nobody listens to by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices(Option<UnboundedSender<Event>>);

/// The listening end.
#[derive(Debug)]
pub(crate) struct NoticeListener(UnboundedReceiver<Event>);

impl Notices {
    /// Both ends.
    pub(crate) fn heard() -> (Self, NoticeListener) {
        let (sender, receiver) = unbounded_channel();
        (Self(Some(sender)), NoticeListener(receiver))
    }

    /// Passes an event on.
    pub(super) fn tell(&self, event: Event) {
        if let Some(sender) = &self.0 {
            // Nobody listens any more at the end of a run.
            let _ = sender.send(event);
        }
    }
}

impl NoticeListener {
    /// Works, and tells meanwhile what comes, at once.
    pub(crate) async fn while_telling<T>(&mut self, work: impl Future<Output = T>, tell: impl Fn(&Event)) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                Some(event) = self.0.recv() => tell(&event),
                ended = &mut work => {
                    while let Ok(event) = self.0.try_recv() {
                        tell(&event);
                    }
                    return ended;
                }
            }
        }
    }
}
