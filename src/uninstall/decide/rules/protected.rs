//! Namespaces that are not Flux's alone.

use crate::domain::error::Error;
use crate::uninstall::case::Facts;

/// Of every cluster; the API server lets none of them go (`NamespaceLifecycle` admission, and `kube-node-lease`).
const OF_THE_CLUSTER: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// Refuses to delete a namespace that every cluster has.
pub(crate) fn namespace(facts: &Facts<'_>) -> Option<Error> {
    let namespace = facts.namespace.as_str();
    (facts.draft.namespace.is_some() && OF_THE_CLUSTER.contains(&namespace)).then(|| {
        Error::refused(format!("namespace `{namespace}` belongs to the cluster and cannot go with Flux"))
            .hint("Use --keep-namespace: all that belongs to Flux is removed from it.")
    })
}
