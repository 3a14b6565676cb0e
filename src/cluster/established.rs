//! Waiting until the kinds of applied CustomResourceDefinitions are served.

use std::time::Instant;

use futures::{StreamExt as _, stream};
use serde_json::Value;

use super::apply::{ApplyEvent, Narrator};
use super::dry_run::AT_ONCE;
use super::kinds::discovery_path;
use super::link::Call;
use super::retry::pause;
use super::{Cluster, ClusterError, ObjectRef};

impl Cluster {
    /// Waits until every CustomResourceDefinition among the objects is Established and its kind can be found.
    pub(crate) async fn await_established(
        &self,
        objects: &[Value],
        narrator: &Narrator<'_>,
    ) -> Result<(), ClusterError> {
        let definitions = || objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition");
        let mut missing: Vec<(ObjectRef, Vec<(String, String)>)> = definitions()
            .filter_map(|definition| Some((ObjectRef::of(definition)?, served_kinds(definition))))
            .collect();
        let mut told = 0;
        for attempt in 1.. {
            missing = self.not_established(missing).await?;
            if missing.is_empty() {
                break;
            }
            let names: Vec<String> = missing.iter().map(|(definition, _)| definition.name.clone()).collect();
            if Instant::now() + pause(attempt) >= self.deadline() {
                let action = "wait until the CustomResourceDefinitions are established".to_owned();
                return Err(ClusterError::Timeout { action, last: Some(format!("not yet: {}", names.join(", "))) });
            }
            // The first look mostly comes a moment too early, which is not worth telling.
            if attempt > 2 && told != names.len() {
                told = names.len();
                narrator.say(ApplyEvent::AwaitingKinds { names });
            }
            tokio::time::sleep(pause(attempt)).await;
        }
        Ok(())
    }

    /// Those of the definitions whose kinds are not served yet.
    async fn not_established(
        &self,
        definitions: Vec<(ObjectRef, Vec<(String, String)>)>,
    ) -> Result<Vec<(ObjectRef, Vec<(String, String)>)>, ClusterError> {
        // A kind that is listed is established; asking for its group is much less than for its definition.
        let mut groups: Vec<&str> =
            definitions.iter().flat_map(|(_, kinds)| kinds.iter().map(|kind| kind.0.as_str())).collect();
        groups.sort_unstable();
        groups.dedup();
        let questions: Vec<_> = groups.iter().map(|group| self.kinds_of(group)).collect();
        let answers: Vec<Result<Vec<String>, ClusterError>> = stream::iter(questions).buffered(AT_ONCE).collect().await;
        let mut served = Vec::new();
        for (group, kinds) in groups.into_iter().zip(answers) {
            served.extend(kinds?.into_iter().map(|kind| (group.to_owned(), kind)));
        }
        Ok(definitions.into_iter().filter(|(_, kinds)| kinds.iter().any(|kind| !served.contains(kind))).collect())
    }

    /// The kinds that the server lists for a group and version now.
    async fn kinds_of(&self, api_version: &str) -> Result<Vec<String>, ClusterError> {
        let mut about =
            self.link.about("list the kinds of", &ObjectRef::cluster_wide(api_version, "APIResourceList", api_version));
        about.action = format!("list the kinds of `{api_version}`");
        match self.link.call(&Call::get(discovery_path(api_version), about)).await {
            Ok(answer) => {
                self.link.kinds.learn(api_version, &answer);
                let resources = answer["resources"].as_array().into_iter().flatten();
                Ok(resources.filter_map(|resource| Some(resource["kind"].as_str()?.to_owned())).collect())
            }
            Err(ClusterError::UnknownKind { .. } | ClusterError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// The (apiVersion, kind) pairs that a definition serves.
fn served_kinds(definition: &Value) -> Vec<(String, String)> {
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
