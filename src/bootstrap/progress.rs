//! What a run has changed so far, so that every failure after the first write can say it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The account of changes; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<Account>>);

#[derive(Debug, Default)]
struct Account {
    done: Vec<String>,
    under_way: Option<String>,
    awaited: Vec<String>,
}

impl Progress {
    /// Notes a change that is made.
    pub fn add(&self, change: impl Into<String>) {
        self.account().done.push(change.into());
    }

    /// Notes a change that begins; should the run end before [`Self::settle`], its outcome is not known.
    pub fn begin(&self, change: impl Into<String>) {
        self.account().under_way = Some(change.into());
    }

    /// Whether a change has begun whose outcome is not known yet.
    pub fn is_under_way(&self) -> bool {
        self.account().under_way.is_some()
    }

    /// The change that began has an outcome.
    pub fn settle(&self) {
        self.account().under_way = None;
    }

    /// Notes what is not ready yet, each with its reason, while it is waited for.
    pub fn wait_for(&self, awaited: Vec<String>) {
        self.account().awaited = awaited;
    }

    /// What was last noted as not ready yet.
    pub fn awaited(&self) -> Vec<String> {
        self.account().awaited.clone()
    }

    /// Everything noted, for people; one sentence that nothing was changed where nothing was.
    pub fn told(&self) -> Vec<String> {
        let account = self.account();
        let mut told: Vec<String> = account.done.iter().chain(&account.under_way).cloned().collect();
        if told.is_empty() {
            told.push("nothing was pushed or applied".to_owned());
        }
        told.push("rerunning is safe".to_owned());
        told
    }

    /// Whether anything was changed or may have been.
    pub fn is_empty(&self) -> bool {
        let account = self.account();
        account.done.is_empty() && account.under_way.is_none()
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_is_done_and_what_is_not_known() {
        let progress = Progress::default();
        assert_eq!(progress.told(), ["nothing was pushed or applied", "rerunning is safe"]);
        progress.add("a is done");
        progress.begin("b was under way");
        assert!(progress.is_under_way());
        assert_eq!(progress.told(), ["a is done", "b was under way", "rerunning is safe"]);
        progress.settle();
        assert!(!progress.is_empty());
        assert_eq!(progress.told().len(), 2);
    }
}
