//! Waiting for many objects at once, by watch, within the run's limits.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use http::Request;
use kube::core::WatchEvent;
use serde_json::Value;

use super::kinds::{collection_path, encoded};
use super::readiness::{Expectation, deployment, git_repository, kustomization, revision};
use super::{Cluster, ClusterError, Readiness};
use crate::domain::backoff::{Backoff, Persistence};
use crate::domain::object_ref::ObjectRef;

/// How often to ask where watching is forbidden.
const POLL: Duration = Duration::from_secs(2);

/// How long one watch lasts before it is opened anew, which also finds connections that died silently.
const WATCH: Duration = Duration::from_secs(60);

/// Says whether a revision other than the one we pushed is as good; asked once for each revision.
pub type RevisionTest = Arc<dyn Fn(String) -> BoxFuture<'static, bool> + Send + Sync>;

/// Told that the API server cannot be asked, why, and how long the pause before the next attempt is.
pub(crate) type OnOutage<'a> = dyn FnMut(&ClusterError, Duration) + Send + 'a;

/// One object to wait for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The one that is waited for.
    pub object: ObjectRef,
    /// What it must reach.
    pub goal: Goal,
}

/// What an object must reach.
#[derive(Clone)]
pub enum Goal {
    /// A GitRepository or Kustomization, Ready at a revision.
    Reconciled {
        /// `<branch>@sha1:<commit>`
        revision: String,
        /// Whether another revision counts too; none means only `revision` is good.
        accepts: Option<RevisionTest>,
        /// The value of `reconcile.fluxcd.io/requestedAt` that must have been handled.
        requested_at: Option<String>,
    },
    /// A GitRepository, Ready after a fetch that was asked for, whatever its revision.
    Fetched {
        /// The value of `reconcile.fluxcd.io/requestedAt` that must have been handled.
        requested_at: String,
    },
    /// A Deployment, rolled out.
    RolledOut,
}

impl Target {
    /// Whether an object, as it was seen, has reached the goal without doubt. What only others can tell counts as no.
    pub(crate) fn is_met_by(&self, seen: &Value) -> bool {
        let object = Some(seen);
        let readiness = match &self.goal {
            Goal::RolledOut => deployment(object),
            Goal::Fetched { .. } => return false,
            Goal::Reconciled { revision, requested_at, .. } => {
                let is_good = |found: &str| found == revision;
                let expected = Expectation { revision: &is_good, requested_at: requested_at.as_deref() };
                if self.object.kind == "Kustomization" {
                    kustomization(object, &expected)
                } else {
                    git_repository(object, &expected)
                }
            }
        };
        ObjectRef::of(seen).as_ref() == Some(&self.object) && readiness == Readiness::Ready
    }
}

impl fmt::Debug for Goal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reconciled { revision, requested_at, accepts } => formatter
                .debug_struct("Reconciled")
                .field("revision", revision)
                .field("accepts", &accepts.is_some())
                .field("requested_at", requested_at)
                .finish(),
            Self::Fetched { requested_at } => formatter.debug_tuple("Fetched").field(requested_at).finish(),
            Self::RolledOut => formatter.write_str("RolledOut"),
        }
    }
}

/// What happens while waiting; one whenever an object's state, reason or message changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitEvent {
    /// The one that is waited for.
    pub object: ObjectRef,
    /// Its state now.
    pub readiness: Readiness,
}

/// How waiting for one object ended.
#[derive(Clone, Debug)]
pub struct WaitOutcome {
    /// The one that is waited for.
    pub object: ObjectRef,
    /// Ready, or why not.
    pub result: Result<(), WaitFailure>,
    /// How long it took.
    pub waited: Duration,
}

/// Why an object did not become ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitFailure {
    /// Its last state at the deadline, or when another object failed for good.
    NotReady(Readiness),
    /// It could not be read.
    Unreadable(ClusterError),
}

impl Cluster {
    /// Waits until all targets are ready, one fails for good (stalled or suspended), or the deadline comes.
    /// Outcomes are in the order of the targets. Falls back to asking every two seconds where watching is
    /// forbidden. Dropping the future ends the wait.
    pub async fn wait(&self, targets: &[Target], on_event: &mut (dyn FnMut(WaitEvent) + Send)) -> Vec<WaitOutcome> {
        self.wait_telling(targets, on_event, &mut |_, _| {}).await
    }

    /// [`Self::wait`], telling once about every time that the API server cannot be asked, with the pause before the
    /// next attempt. Whoever is not ready when the deadline comes in such a time is unreadable.
    pub async fn wait_telling(
        &self,
        targets: &[Target],
        on_event: &mut (dyn FnMut(WaitEvent) + Send),
        on_outage: &mut OnOutage<'_>,
    ) -> Vec<WaitOutcome> {
        let started = Instant::now();
        let shared = Shared {
            cluster: self,
            states: targets.iter().map(|_| Mutex::new(None)).collect(),
            verdicts: Mutex::default(),
            on_event: Mutex::new(on_event),
            outage: Mutex::default(),
            on_outage: Mutex::new(on_outage),
        };
        let mut outcomes: Vec<Option<WaitOutcome>> = targets.iter().map(|_| None).collect();
        let mut running: FuturesUnordered<_> = targets
            .iter()
            .enumerate()
            .map(|(index, target)| {
                let shared = &shared;
                async move { (index, shared.await_target(index, target).await) }
            })
            .collect();
        // Once a target has failed for good, the others only get the time to be read.
        let (mut limits, mut has_failed) = (self.api.limits.clone(), false);
        let is_read = |index: usize| shared.state(index).is_some();
        loop {
            match limits.in_time(running.next()).await {
                Ok(Some((index, result))) => {
                    if result.is_err() && !has_failed {
                        has_failed = true;
                        limits = limits.within(POLL);
                    }
                    let object = targets[index].object.clone();
                    outcomes[index] = Some(WaitOutcome { object, result, waited: started.elapsed() });
                }
                Ok(None) | Err(_) => break,
            }
            if has_failed && (0..targets.len()).all(|index| outcomes[index].is_some() || is_read(index)) {
                break;
            }
        }
        drop(running);
        let left = |index: usize| {
            let object = targets[index].object.clone();
            WaitOutcome { result: Err(shared.failure(index, &object)), object, waited: started.elapsed() }
        };
        outcomes.into_iter().enumerate().map(|(index, outcome)| outcome.unwrap_or_else(|| left(index))).collect()
    }
}

/// What the targets that are waited for at the same time share.
struct Shared<'a> {
    cluster: &'a Cluster,
    states: Vec<Mutex<Option<Readiness>>>,
    verdicts: Mutex<HashMap<String, bool>>,
    on_event: Mutex<&'a mut (dyn FnMut(WaitEvent) + Send)>,
    /// Why the API server cannot be asked at present.
    outage: Mutex<Option<ClusterError>>,
    on_outage: Mutex<&'a mut OnOutage<'a>>,
}

/// How following an object by watch ended.
enum Followed {
    /// Its state will not change any more.
    Final(Readiness),
    /// The watch ended; where the object was, it shall be read again.
    Ended,
    /// Watching is not allowed.
    Forbidden,
}

impl Shared<'_> {
    /// Why a target is not ready that nobody waits for any more.
    fn failure(&self, index: usize, object: &ObjectRef) -> WaitFailure {
        let action = format!("get `{object}`");
        let unread = || WaitFailure::Unreadable(ClusterError::Timeout { action, last: None });
        match self.out_of_reach() {
            Some(error) => WaitFailure::Unreadable(error),
            None => self.state(index).map_or_else(unread, WaitFailure::NotReady),
        }
    }

    fn state(&self, index: usize) -> Option<Readiness> {
        self.states[index].lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes note of a failed attempt to read, and tells the first of a row.
    fn note_outage(&self, error: &ClusterError, pause: Duration) {
        let before = self.outage.lock().unwrap_or_else(PoisonError::into_inner).replace(error.clone());
        if before.is_none() {
            (self.on_outage.lock().unwrap_or_else(PoisonError::into_inner))(error, pause);
        }
    }

    /// What keeps from reading any object, if something does.
    fn out_of_reach(&self) -> Option<ClusterError> {
        let outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let action = "look whether the cluster is ready".to_owned();
        Some(ClusterError::Timeout { action, last: Some(outage.to_string()) })
    }

    async fn await_target(&self, index: usize, target: &Target) -> Result<(), WaitFailure> {
        let mut may_watch = true;
        let mut backoff = Backoff::new(&self.cluster.api.limits);
        loop {
            let noting = |error: &ClusterError, pause: Duration| self.note_outage(error, pause);
            let object = self.cluster.get_noting(&target.object, &noting).await.map_err(|error| {
                match (error, self.out_of_reach(), self.state(index)) {
                    (ClusterError::Timeout { .. }, Some(outage), _) => WaitFailure::Unreadable(outage),
                    (ClusterError::Timeout { .. }, None, Some(state)) => WaitFailure::NotReady(state),
                    (error, ..) => WaitFailure::Unreadable(error),
                }
            })?;
            *self.outage.lock().unwrap_or_else(PoisonError::into_inner) = None;
            let mut state = self.note(index, target, object.as_ref()).await;
            let mut rest = POLL;
            if !state.is_final() && may_watch {
                let version = object.as_ref().and_then(|object| object["metadata"]["resourceVersion"].as_str());
                let began = Instant::now();
                match self.follow(index, target, version).await {
                    Followed::Final(last) => state = last,
                    Followed::Ended => {
                        // A watch that ends at once again and again must not become a busy loop.
                        rest = if began.elapsed() > POLL {
                            backoff = Backoff::new(&self.cluster.api.limits);
                            Duration::ZERO
                        } else {
                            backoff.next(None, Persistence::ToTheEnd).unwrap_or(POLL).min(POLL)
                        };
                    }
                    Followed::Forbidden => may_watch = false,
                }
            }
            match state {
                Readiness::Ready => return Ok(()),
                state if state.is_final() => return Err(WaitFailure::NotReady(state)),
                _ => tokio::time::sleep(rest).await,
            }
        }
    }

    /// Watches one object from a version on.
    async fn follow(&self, index: usize, target: &Target, version: Option<&str>) -> Followed {
        let api = &self.cluster.api;
        let object = &target.object;
        let Ok(resource) = api.resource(&object.api_version, &object.kind).await else { return Followed::Ended };
        let path = collection_path(&object.api_version, &resource, object.namespace.as_deref());
        let name = encoded(&format!("metadata.name={}", object.name));
        let from = version.map_or_else(String::new, |version| format!("&resourceVersion={}", encoded(version)));
        let seconds = WATCH.as_secs();
        let uri =
            format!("{path}?watch=true&fieldSelector={name}&timeoutSeconds={seconds}&allowWatchBookmarks=true{from}");
        tracing::debug!(path = uri, "watch");
        let request = Request::get(&uri).body(Vec::new()).expect("the path is percent-encoded");
        let events = match api.client().request_events::<Value>(request).await {
            Ok(events) => events,
            Err(kube::Error::Api(status)) if matches!(status.code, 403 | 405) => return Followed::Forbidden,
            Err(error) => {
                tracing::debug!(path = uri, %error, "watch failed");
                return Followed::Ended;
            }
        };
        let mut events = std::pin::pin!(events);
        loop {
            let event = tokio::time::timeout(WATCH + POLL, events.next()).await;
            let object = match event {
                Ok(Some(Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)))) => Some(object),
                Ok(Some(Ok(WatchEvent::Deleted(_)))) => None,
                Ok(Some(Ok(WatchEvent::Bookmark(_)))) => continue,
                // 410 among them: the version is too old, so the object is read again.
                Ok(Some(Ok(WatchEvent::Error(_)) | Err(_)) | None) | Err(_) => return Followed::Ended,
            };
            let state = self.note(index, target, object.as_ref()).await;
            if state.is_final() {
                return Followed::Final(state);
            }
        }
    }

    /// Judges an object, and tells when its state is another than before.
    async fn note(&self, index: usize, target: &Target, object: Option<&Value>) -> Readiness {
        let state = self.readiness(target, object).await;
        let before = self.states[index].lock().unwrap_or_else(PoisonError::into_inner).replace(state.clone());
        if before.as_ref() != Some(&state) {
            let event = WaitEvent { object: target.object.clone(), readiness: state.clone() };
            (self.on_event.lock().unwrap_or_else(PoisonError::into_inner))(event);
        }
        state
    }

    async fn readiness(&self, target: &Target, object: Option<&Value>) -> Readiness {
        let (wanted, accepts, requested_at) = match &target.goal {
            Goal::Reconciled { revision, accepts, requested_at } => (revision, accepts, requested_at),
            Goal::Fetched { requested_at } => {
                let expected = Expectation { revision: &|_| true, requested_at: Some(requested_at) };
                return git_repository(object, &expected);
            }
            Goal::RolledOut => return deployment(object),
        };
        if let (Some(accepts), Some(found)) = (accepts, object.and_then(revision))
            && found != wanted
            && self.verdict(found).is_none()
        {
            let good = accepts(found.to_owned()).await;
            self.verdicts.lock().unwrap_or_else(PoisonError::into_inner).insert(found.to_owned(), good);
        }
        let is_good = |revision: &str| revision == wanted || self.verdict(revision) == Some(true);
        let expected = Expectation { revision: &is_good, requested_at: requested_at.as_deref() };
        if target.object.kind == "Kustomization" {
            kustomization(object, &expected)
        } else {
            git_repository(object, &expected)
        }
    }

    fn verdict(&self, revision: &str) -> Option<bool> {
        self.verdicts.lock().unwrap_or_else(PoisonError::into_inner).get(revision).copied()
    }
}
