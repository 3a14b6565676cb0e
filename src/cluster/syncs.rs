//! The Kustomizations of a cluster, each with the repository that it applies from.

use std::collections::HashMap;

use serde_json::Value;

use super::{Cluster, ClusterError};
use crate::flux_api::{git_repository, kustomization};

/// A Kustomization that applies from a GitRepository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSync {
    /// `namespace/name`.
    pub name: String,
    /// `spec.path`; empty for the whole repository.
    pub path: String,
    /// `namespace/name` of its GitRepository.
    pub source: String,
    /// The repository, as the GitRepository spells it.
    pub url: String,
    /// The GitRepository's `spec.ref` in words.
    pub reference: String,
}

/// `namespace` and name of an object.
type Place = (String, String);

impl Cluster {
    /// The Kustomizations that this identity may see: all, or those of one namespace. None where it may see none. Little is kept
    /// of each, so that memory does not grow with what a cluster holds.
    ///
    /// # Errors
    /// Anything but absence and a lack of rights.
    pub async fn syncs(&self, namespace: &str) -> Result<Vec<LiveSync>, ClusterError> {
        let (mut syncs, mut sources) = (Vec::new(), HashMap::new());
        let (mut take_sync, mut take_source) =
            (|object: Value| syncs.extend(unresolved(&object)), |object: Value| sources.extend(source(&object)));
        futures::try_join!(
            self.visible(kustomization::API_VERSION, kustomization::KIND, namespace, &mut take_sync),
            self.visible(git_repository::API_VERSION, git_repository::KIND, namespace, &mut take_source),
        )?;
        Ok(syncs.into_iter().filter_map(|found| resolved(found, &sources)).collect())
    }

    async fn visible(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        take: &mut (dyn FnMut(Value) + Send),
    ) -> Result<(), ClusterError> {
        for place in [None, Some(namespace)] {
            match self.list_each(api_version, kind, place, "labelSelector", "", take).await {
                Err(ClusterError::Forbidden { .. }) => {}
                found => return found,
            }
        }
        Ok(())
    }
}

/// A Kustomization, and where its GitRepository is, which says the rest.
fn unresolved(sync: &Value) -> Option<(Place, LiveSync)> {
    let (kind, source) = kustomization::source(sync);
    let own = sync["metadata"]["namespace"].as_str()?;
    let place = sync["spec"]["sourceRef"]["namespace"].as_str().unwrap_or(own);
    (kind == git_repository::KIND).then_some(())?;
    let found = LiveSync {
        name: format!("{own}/{}", sync["metadata"]["name"].as_str()?),
        path: kustomization::path(sync).unwrap_or_default().to_owned(),
        source: format!("{place}/{source}"),
        url: String::new(),
        reference: String::new(),
    };
    Some(((place.to_owned(), source.to_owned()), found))
}

/// What a GitRepository says: its address, and its `spec.ref` in words.
fn source(repository: &Value) -> Option<(Place, (String, String))> {
    let metadata = &repository["metadata"];
    let place = (metadata["namespace"].as_str()?.to_owned(), metadata["name"].as_str()?.to_owned());
    Some((place, (git_repository::url(repository)?.to_owned(), git_repository::reference(repository))))
}

fn resolved((place, sync): (Place, LiveSync), sources: &HashMap<Place, (String, String)>) -> Option<LiveSync> {
    let (url, reference) = sources.get(&place)?.clone();
    Some(LiveSync { url, reference, ..sync })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sync_is_known_with_its_repository() {
        let repository = json!({"metadata": {"namespace": "git", "name": "fleet"},
            "spec": {"url": "https://example.com/fleet", "ref": {"branch": "main"}}});
        let sync = |kind: &str, place: Option<&str>| {
            json!({"metadata": {"namespace": "apps", "name": "root"},
                "spec": {"path": "./a", "sourceRef": {"kind": kind, "name": "fleet", "namespace": place}}})
        };
        let sources: HashMap<_, _> = source(&repository).into_iter().collect();
        let live = |object: Value| resolved(unresolved(&object)?, &sources);
        let found = live(sync("GitRepository", Some("git"))).unwrap();
        assert_eq!((found.name.as_str(), found.source.as_str()), ("apps/root", "git/fleet"));
        assert_eq!((found.path.as_str(), found.reference.as_str()), ("./a", "branch `main`"));
        assert_eq!(live(sync("GitRepository", None)), None);
        assert_eq!(live(sync("OCIRepository", Some("git"))), None);
    }
}
