//! The Kustomizations of a cluster, each with the repository that it applies from.

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

impl Cluster {
    /// The Kustomizations that this identity may see: all, or those of one namespace. None where it may see none.
    ///
    /// # Errors
    /// Anything but absence and a lack of rights.
    pub async fn syncs(&self, namespace: &str) -> Result<Vec<LiveSync>, ClusterError> {
        let (syncs, sources) = futures::try_join!(
            self.visible(kustomization::API_VERSION, kustomization::KIND, namespace),
            self.visible(git_repository::API_VERSION, git_repository::KIND, namespace),
        )?;
        Ok(syncs.iter().filter_map(|sync| live_sync(sync, &sources)).collect())
    }

    async fn visible(&self, api_version: &str, kind: &str, namespace: &str) -> Result<Vec<Value>, ClusterError> {
        for place in [None, Some(namespace)] {
            match self.list(api_version, kind, place, "").await {
                Err(ClusterError::Forbidden { .. }) => {}
                found => return found,
            }
        }
        Ok(Vec::new())
    }
}

fn live_sync(sync: &Value, sources: &[Value]) -> Option<LiveSync> {
    let (kind, source) = kustomization::source(sync);
    let own = sync["metadata"]["namespace"].as_str()?;
    let place = sync["spec"]["sourceRef"]["namespace"].as_str().unwrap_or(own);
    let is_it = |object: &&Value| object["metadata"]["name"] == source && object["metadata"]["namespace"] == place;
    let repository = sources.iter().filter(|_| kind == git_repository::KIND).find(is_it)?;
    Some(LiveSync {
        name: format!("{own}/{}", sync["metadata"]["name"].as_str()?),
        path: kustomization::path(sync).unwrap_or_default().to_owned(),
        source: format!("{place}/{source}"),
        url: git_repository::url(repository)?.to_owned(),
        reference: git_repository::reference(repository),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sync_is_known_with_its_repository() {
        let source = json!({"metadata": {"namespace": "git", "name": "fleet"},
            "spec": {"url": "https://example.com/fleet", "ref": {"branch": "main"}}});
        let sync = |kind: &str, place: Option<&str>| {
            json!({"metadata": {"namespace": "apps", "name": "root"},
                "spec": {"path": "./a", "sourceRef": {"kind": kind, "name": "fleet", "namespace": place}}})
        };
        let found = live_sync(&sync("GitRepository", Some("git")), std::slice::from_ref(&source)).unwrap();
        assert_eq!((found.name.as_str(), found.source.as_str()), ("apps/root", "git/fleet"));
        assert_eq!((found.path.as_str(), found.reference.as_str()), ("./a", "branch `main`"));
        assert_eq!(live_sync(&sync("GitRepository", None), std::slice::from_ref(&source)), None);
        assert_eq!(live_sync(&sync("OCIRepository", Some("git")), &[source]), None);
    }
}
