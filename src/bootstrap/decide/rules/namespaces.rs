//! Namespaces that go away, or that nothing makes.

use std::path::Path;

use crate::bootstrap::cluster_state::ClusterState;
use crate::bootstrap::decide::case::Case;
use crate::bootstrap::draft::inquiry::unmade_namespaces;
use crate::domain::config::Namespace;
use crate::domain::error::Error;

/// Refuses to work in a namespace that is going away.
pub(crate) fn terminating(cluster: &ClusterState, namespace: &Namespace) -> Option<Error> {
    cluster.flux.namespace_terminating.then(|| {
        Error::refused(format!("namespace `{namespace}` is being deleted")).hint(format!(
            "Wait until `kubectl get namespace {namespace}` no longer finds it, then run the command again."
        ))
    })
}

/// Refuses objects whose namespace neither exists nor is among what will be applied.
pub(crate) fn missing(case: &Case<'_>) -> Vec<Error> {
    if !case.is_built_whole() {
        return Vec::new();
    }
    let own = case.namespace.as_str();
    let manifests = case.config.install.manifests.as_deref();
    let refused = |name: &str| {
        let exists = match case.answers.namespaces.get(name) {
            _ if name == own => case.flux().namespace_exists,
            Some(Err(error)) => return Some(error.clone()),
            Some(Ok(exists)) => *exists,
            None => return None,
        };
        (!exists).then(|| missing_namespace(name, name == own, manifests))
    };
    unmade_namespaces(&case.draft.build.objects, own).into_iter().filter_map(refused).collect()
}

/// Refuses to apply objects to a namespace that does not exist and that nothing makes.
fn missing_namespace(namespace: &str, is_own: bool, manifests: Option<&Path>) -> Error {
    let error = Error::refused(format!(
        "namespace `{namespace}` does not exist, and nothing that this run would apply makes it"
    ));
    let create = format!("create it first: `kubectl create namespace {namespace}`");
    match manifests.filter(|_| is_own) {
        Some(folder) => error
            .caused_by(format!("`{}`, named by --manifests, has no Namespace object of that name", folder.display()))
            .hint(format!("Add one there, or {create}.")),
        None if is_own => error.hint(format!("Do not leave it out of the overlay, or {create}.")),
        None => error.hint(format!("Put its Namespace object beside the objects that are in it, or {create}.")),
    }
}
