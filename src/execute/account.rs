//! What a run has changed so far, so that every failure after the first write can say it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The account of changes; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    done: Vec<String>,
    under_way: Option<String>,
    awaited: Vec<String>,
    /// What somebody who interrupts now has to know.
    loose_ends: Vec<String>,
    /// What is told where nothing was changed.
    nothing: Option<&'static str>,
}

impl Account {
    /// What to tell where nothing was changed, if not that nothing was pushed or applied.
    pub(crate) fn call_nothing(&self, words: &'static str) {
        self.entries().nothing = Some(words);
    }

    /// Notes a change that is made.
    pub(crate) fn add(&self, change: impl Into<String>) {
        self.entries().done.push(change.into());
    }

    /// Notes a change that begins; should the run end before [`Self::settle`], its outcome is not known.
    pub(crate) fn begin(&self, change: impl Into<String>) {
        self.entries().under_way = Some(change.into());
    }

    /// Whether a change has begun whose outcome is not known yet.
    pub(crate) fn is_under_way(&self) -> bool {
        self.entries().under_way.is_some()
    }

    /// The change that began has an outcome.
    pub(crate) fn settle(&self) {
        self.entries().under_way = None;
    }

    /// Notes what is not ready yet, each with its reason, while it is waited for.
    pub(crate) fn wait_for(&self, awaited: Vec<String>) {
        self.entries().awaited = awaited;
    }

    /// What was last noted as not ready yet.
    pub(crate) fn awaited(&self) -> Vec<String> {
        self.entries().awaited.clone()
    }

    /// Notes what somebody who interrupts the run from now on has to know and do; nothing where all is kept.
    pub(crate) fn leave_loose(&self, advice: impl IntoIterator<Item = String>) {
        self.entries().loose_ends = advice.into_iter().collect();
    }

    /// What somebody who interrupts the run now has to know and do.
    pub(crate) fn loose_ends(&self) -> Vec<String> {
        self.entries().loose_ends.clone()
    }

    /// Everything noted, for people; one sentence that nothing was changed where nothing was.
    pub(crate) fn told(&self) -> Vec<String> {
        let entries = self.entries();
        let mut told: Vec<String> = entries.done.iter().chain(&entries.under_way).cloned().collect();
        if told.is_empty() {
            told.push(entries.nothing.unwrap_or("nothing was pushed or applied").to_owned());
        }
        told.push("rerunning is safe".to_owned());
        told
    }

    /// Whether anything was changed or may have been.
    pub(crate) fn is_empty(&self) -> bool {
        let entries = self.entries();
        entries.done.is_empty() && entries.under_way.is_none()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_is_done_and_what_is_not_known() {
        let account = Account::default();
        assert_eq!(account.told(), ["nothing was pushed or applied", "rerunning is safe"]);
        account.add("a is done");
        account.begin("b was under way");
        assert!(account.is_under_way());
        assert_eq!(account.told(), ["a is done", "b was under way", "rerunning is safe"]);
        account.settle();
        assert!(!account.is_empty());
        assert_eq!(account.told().len(), 2);
        account.leave_loose(["Look for the key.".to_owned()]);
        assert_eq!(account.loose_ends(), ["Look for the key."]);
        account.leave_loose([]);
        assert!(account.loose_ends().is_empty());
    }
}
