//! Waiting until the kinds of applied CustomResourceDefinitions are served.
//!
//! An API server establishes a definition when it hears of a change of it. One that was stopped between accepting the
//! names and establishing hears of none when it starts again: it looks anew after five minutes at most
//! (`updateCustomResourceDefinition` and the informer's resync in apiextensions-apiserver). A change that is taken back
//! at once makes it look now.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::apply_event::{ApplyEvent, Narrator};
use super::kinds::discovery_path;
use super::patch::{AT_ONCE, REQUESTED_AT};
use super::readiness::is_half_established;
use super::request::{Call, OnRetry};
use super::{Cluster, ClusterError};
use crate::domain::backoff::{Backoff, Persistence};
use crate::domain::object_ref::ObjectRef;

/// When to remind the server of a definition for the first time. Servers that are one of several wait five seconds
/// with a new one on purpose.
const REMIND_AFTER: Duration = Duration::from_secs(6);

/// When to remind it again.
const REMIND_AGAIN: Duration = Duration::from_secs(20);

/// A definition, and the (apiVersion, kind) pairs that it serves.
type Awaited = (ObjectRef, Vec<(String, String)>);

impl Cluster {
    /// Waits until every CustomResourceDefinition among the objects is Established and its kind can be found.
    pub(crate) async fn await_established(
        &self,
        objects: &[Value],
        narrator: &Narrator<'_>,
    ) -> Result<(), ClusterError> {
        let definitions = || objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition");
        let mut missing: Vec<Awaited> = definitions()
            .filter_map(|definition| Some((ObjectRef::of(definition)?, served_kinds(definition))))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut told = 0;
        let mut remind_at = Instant::now() + REMIND_AFTER;
        let mut backoff = Backoff::new(&self.api.limits);
        loop {
            missing = self.not_established(missing, narrator).await?;
            if missing.is_empty() {
                break;
            }
            let names: Vec<String> = missing.iter().map(|(definition, _)| definition.name.clone()).collect();
            let Ok(pause) = backoff.next(None, Persistence::ToTheEnd) else {
                let action = "wait until the CustomResourceDefinitions are established".to_owned();
                return Err(ClusterError::Timeout { action, last: Some(format!("not yet: {}", names.join(", "))) });
            };
            // The first look mostly comes a moment too early, which is not worth telling.
            if backoff.failed() > 2 && told != names.len() {
                told = names.len();
                narrator.say(ApplyEvent::AwaitingKinds { names });
            }
            if Instant::now() >= remind_at {
                for (definition, _) in &missing {
                    // Waiting goes on whatever comes of it.
                    if let Err(error) = self.remind(definition, narrator).await {
                        tracing::debug!(%definition, %error, "cannot remind the server");
                    }
                }
                remind_at = Instant::now() + REMIND_AGAIN;
                backoff = backoff.resume_after(3);
            }
            tokio::time::sleep(pause.min(remind_at.saturating_duration_since(Instant::now()))).await;
        }
        Ok(())
    }

    /// Changes a definition that the server seems to have forgotten, and takes that back.
    async fn remind(&self, definition: &ObjectRef, narrator: &Narrator<'_>) -> Result<(), ClusterError> {
        if !self.get(definition).await?.is_some_and(|live| is_half_established(&live)) {
            return Ok(());
        }
        narrator.say(ApplyEvent::Reminding { definition: definition.clone() });
        for value in [json!("now"), Value::Null] {
            let patch = json!({"metadata": {"annotations": {REQUESTED_AT: value}}});
            self.merge_patch("annotate", definition, &patch).await?;
        }
        Ok(())
    }

    /// Those of the definitions whose kinds are not served yet.
    async fn not_established(
        &self,
        definitions: Vec<Awaited>,
        narrator: &Narrator<'_>,
    ) -> Result<Vec<Awaited>, ClusterError> {
        // A kind that is listed is established; asking for its group is much less than for its definition.
        let mut groups: Vec<&str> =
            definitions.iter().flat_map(|(_, kinds)| kinds.iter().map(|kind| kind.0.as_str())).collect();
        groups.sort_unstable();
        groups.dedup();
        // One of the questions speaks for all.
        let told = AtomicBool::new(false);
        let outage = |error: &ClusterError, pause: Duration| {
            if !told.swap(true, Ordering::Relaxed) {
                narrator.say(ApplyEvent::AwaitingServer { reason: error.to_string(), pause });
            }
        };
        let questions: Vec<_> = groups.iter().map(|group| self.kinds_of(group, &outage)).collect();
        let answers: Vec<Result<Vec<String>, ClusterError>> = stream::iter(questions).buffered(AT_ONCE).collect().await;
        let mut served = Vec::new();
        for (group, kinds) in groups.into_iter().zip(answers) {
            served.extend(kinds?.into_iter().map(|kind| (group.to_owned(), kind)));
        }
        Ok(definitions.into_iter().filter(|(_, kinds)| kinds.iter().any(|kind| !served.contains(kind))).collect())
    }

    /// The kinds that the server lists for a group and version now.
    async fn kinds_of(&self, api_version: &str, on_retry: OnRetry<'_>) -> Result<Vec<String>, ClusterError> {
        let mut subject = self
            .api
            .subject("list the kinds of", &ObjectRef::cluster_wide(api_version, "APIResourceList", api_version));
        subject.action = format!("list the kinds of `{api_version}`");
        match self.api.call_noting(&Call::get(discovery_path(api_version), subject), on_retry).await {
            Ok(answer) => {
                self.api.kinds.learn(api_version, &answer);
                let resources = answer["resources"].as_array().into_iter().flatten();
                Ok(resources.filter_map(|resource| Some(resource["kind"].as_str()?.to_owned())).collect())
            }
            Err(ClusterError::UnknownKind { .. } | ClusterError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// The (apiVersion, kind) pairs that a definition serves.
pub(super) fn served_kinds(definition: &Value) -> Vec<(String, String)> {
    let spec = &definition["spec"];
    let (Some(group), Some(kind)) = (spec["group"].as_str(), spec["names"]["kind"].as_str()) else { return Vec::new() };
    let versions = spec["versions"].as_array().into_iter().flatten();
    versions
        .filter(|version| version["served"] == true)
        .filter_map(|version| Some((format!("{group}/{}", version["name"].as_str()?), kind.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_served_versions_are_awaited() {
        let definition = json!({"spec": {"group": "a.io", "names": {"kind": "Widget"}, "versions": [
            {"name": "v1", "served": true}, {"name": "v1beta1", "served": false},
        ]}});
        assert_eq!(served_kinds(&definition), [("a.io/v1".to_owned(), "Widget".to_owned())]);
    }
}
