//! Server-side apply with field manager `flux`, in stages.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use super::apply_event::{ApplyEvent, Narrator};
use super::changes::changed_paths;
use super::established::served_kinds;
use super::leftover::{left_over, without};
use super::order::{stages, wave};
use super::patch::{AT_ONCE, Mode, REQUESTED_AT, reference};
use super::refusal::is_settling;
use super::retry::needed;
use super::{Cluster, ClusterError};
use crate::domain::backoff::{Backoff, Persistence};
use crate::domain::event::ObjectChange;
use crate::domain::object_ref::ObjectRef;

impl Cluster {
    /// Applies one object; conflicts with other field managers are forced.
    ///
    /// # Errors
    /// A denial, or a transient failure that outlasts the deadline.
    pub async fn apply(&self, object: &Value) -> Result<ObjectChange, ClusterError> {
        self.apply_telling(object, &Narrator::new(&mut |_| {})).await
    }

    /// Applies objects in the stages and the order of [`super::order`], several at the same time, and waits after
    /// the first stage until the new kinds are served.
    ///
    /// # Errors
    /// The first failure; nothing more is sent then.
    pub async fn apply_all(
        &self,
        objects: &[Value],
        on_event: &mut (dyn FnMut(ApplyEvent) + Send),
    ) -> Result<Vec<(ObjectRef, ObjectChange)>, ClusterError> {
        let (stages, absent) = (stages(objects), BTreeSet::new());
        let mut changes = self.apply_after(&[], &stages.definitions, &absent, on_event).await?;
        changes.extend(self.apply_after(&stages.definitions, &stages.rest, &absent, on_event).await?);
        Ok(changes)
    }

    /// Applies the objects of a stage, several at the same time. Some, `Kind/namespace/name`, are known not to be there: they
    /// need not be read first. The kinds that `defined`, applied before, define are awaited meanwhile; only what others refer
    /// to does not wait for them.
    ///
    /// # Errors
    /// The first failure; nothing more is sent then.
    pub(crate) async fn apply_after(
        &self,
        defined: &[Value],
        objects: &[Value],
        absent: &BTreeSet<String>,
        on_event: &mut (dyn FnMut(ApplyEvent) + Send),
    ) -> Result<Vec<(ObjectRef, ObjectChange)>, ClusterError> {
        let narrator = Narrator::new(on_event);
        let new_kinds: Vec<(String, String)> = defined.iter().flat_map(served_kinds).collect();
        let (early, late): (Vec<&Value>, Vec<&Value>) =
            objects.iter().partition(|object| needs_no_kind(object, &new_kinds));
        let (mut changes, ()) = futures::try_join!(
            self.apply_stage(&early, absent, &narrator),
            self.await_established(defined, &narrator)
        )?;
        changes.extend(self.apply_stage(&late, absent, &narrator).await?);
        Ok(changes)
    }

    /// Waits until the kinds that applied objects define are served.
    ///
    /// # Errors
    /// They are not before the deadline, or the server cannot be asked.
    pub(crate) async fn await_served(
        &self,
        defined: &[Value],
        on_event: &mut (dyn FnMut(ApplyEvent) + Send),
    ) -> Result<(), ClusterError> {
        self.await_established(defined, &Narrator::new(on_event)).await
    }

    /// Applies sorted objects; those of one wave at the same time. Many are read together before the first of them is written,
    /// so that a distant server is waited for once.
    async fn apply_stage(
        &self,
        objects: &[&Value],
        absent: &BTreeSet<String>,
        narrator: &Narrator<'_>,
    ) -> Result<Vec<(ObjectRef, ObjectChange)>, ClusterError> {
        let mut changes = Vec::with_capacity(objects.len());
        for part in objects.chunks(READ_AT_ONCE) {
            let reading: Vec<_> = part.iter().map(|object| self.live(object, absent, narrator)).collect();
            let live: Vec<Option<Value>> = stream::iter(reading).buffered(AT_ONCE).try_collect().await?;
            let mut waves = BTreeMap::<usize, Vec<(&Value, Option<Value>)>>::new();
            for (object, live) in part.iter().copied().zip(live) {
                waves.entry(wave(object["kind"].as_str().unwrap_or_default())).or_default().push((object, live));
            }
            for same in waves.into_values() {
                let work: Vec<_> =
                    same.iter().map(|(object, live)| self.write(object, live.as_ref(), narrator)).collect();
                let mut running = stream::iter(work).buffered(AT_ONCE);
                for (object, _) in &same {
                    let Some(change) = running.next().await else { break };
                    changes.push((reference(object)?, change?));
                }
            }
        }
        Ok(changes)
    }

    /// The object as the server has it.
    async fn live(
        &self,
        object: &Value,
        absent: &BTreeSet<String>,
        narrator: &Narrator<'_>,
    ) -> Result<Option<Value>, ClusterError> {
        let reference = reference(object)?;
        if absent.contains(&reference.to_string()) {
            return Ok(None);
        }
        let retrying = |error: &ClusterError, pause: Duration| {
            narrator.say(ApplyEvent::Retrying { object: reference.clone(), reason: error.to_string(), pause });
        };
        self.get_noting(&reference, &retrying).await
    }

    async fn apply_telling(&self, object: &Value, narrator: &Narrator<'_>) -> Result<ObjectChange, ClusterError> {
        let live = self.live(object, &BTreeSet::new(), narrator).await?;
        self.write(object, live.as_ref(), narrator).await
    }

    async fn write(
        &self,
        object: &Value,
        live: Option<&Value>,
        narrator: &Narrator<'_>,
    ) -> Result<ObjectChange, ClusterError> {
        let reference = reference(object)?;
        let retrying = |error: &ClusterError, pause: Duration| {
            let (object, reason) = (reference.clone(), error.to_string());
            narrator.say(ApplyEvent::Retrying { object, reason, pause });
        };
        let leftover = live.map_or_else(Vec::new, |live| left_over(live, object));
        if !leftover.is_empty() {
            self.merge_patch("apply", &reference, &without(&leftover)).await?;
        }
        let mut backoff = Backoff::new(&self.api.limits);
        let applied = loop {
            match self.patch(&reference, object, Mode::Write, needed, &retrying).await {
                Ok(applied) => break applied,
                // A namespace or kind that was just created can be unknown to one of several API servers.
                Err(error) if is_settling(&error) => {
                    let Ok(pause) = backoff.next(None, SETTLING) else { return Err(error) };
                    retrying(&error, pause);
                    tokio::time::sleep(pause).await;
                }
                Err(error) => return Err(error),
            }
        };
        let change = match live {
            None => ObjectChange::Created,
            Some(live) if changed_paths(live, &applied).is_empty() => ObjectChange::Unchanged,
            Some(_) => ObjectChange::Configured,
        };
        narrator.say(ApplyEvent::Applied { object: reference, change });
        Ok(change)
    }

    /// Sets the annotation `reconcile.fluxcd.io/requestedAt`, on which Flux's controllers act at once and which
    /// they then report as `status.lastHandledReconcileAt`.
    ///
    /// # Errors
    /// When the object does not exist or may not be changed.
    pub async fn request_reconcile(&self, object: &ObjectRef, requested_at: &str) -> Result<(), ClusterError> {
        let patch = json!({"metadata": {"annotations": {REQUESTED_AT: requested_at}}});
        self.merge_patch("annotate", object, &patch).await
    }
}

/// Whether an object can be applied before new kinds are served: nothing runs by it yet, and its kind is none of them.
fn needs_no_kind(object: &Value, new_kinds: &[(String, String)]) -> bool {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    wave(kind) == 0 && !new_kinds.iter().any(|new| (new.0.as_str(), new.1.as_str()) == (version, kind))
}

/// How many objects are read before they are written: all of Flux's, and not all of an overlay that holds thousands.
const READ_AT_ONCE: usize = 64;

/// Attempts while a namespace or kind is not known yet; with their pauses some 15 seconds.
const SETTLING: Persistence = Persistence::Attempts(10);
