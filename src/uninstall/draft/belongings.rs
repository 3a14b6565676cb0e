//! What belongs to Flux beside controllers and definitions.

use crate::domain::config::UninstallConfig;
use crate::domain::event::Removed;
use crate::domain::object_set::ObjectSet;
use crate::flux_api::definition::PART_OF_FLUX;
use crate::plan::Delete;
use crate::uninstall::facts::Found;

const RBAC: &str = "rbac.authorization.k8s.io/v1";

/// Kinds within the namespace, in the order in which they go.
const WITHIN: [(&str, &str); 8] = [
    ("v1", "Service"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("v1", "ResourceQuota"),
    (RBAC, "RoleBinding"),
    (RBAC, "Role"),
    ("v1", "ServiceAccount"),
    ("v1", "ConfigMap"),
    ("v1", "PersistentVolumeClaim"),
];

/// Where they are. Across the cluster the instance tells them from those of another Flux.
pub(crate) fn belongings(namespace: &str) -> Vec<ObjectSet> {
    let instance = format!("{PART_OF_FLUX},app.kubernetes.io/instance={namespace}");
    let across = ["ClusterRoleBinding", "ClusterRole"].map(|kind| ObjectSet::everywhere(RBAC, kind, &instance));
    let within = WITHIN.map(|(version, kind)| ObjectSet::within(namespace, version, kind, PART_OF_FLUX));
    across.into_iter().chain(within).collect()
}

/// Their deletion, and that of Flux's Secrets where nothing is left that reads them.
pub(super) fn delete(namespace: &str, found: &Found, config: &UninstallConfig) -> Delete {
    let secrets = found.secrets.iter().filter(|_| !config.keep_definitions);
    Delete {
        what: Removed::Belongings,
        sets: belongings(namespace),
        objects: found.belongings.iter().chain(secrets).cloned().collect(),
        awaited: Vec::new(),
        instances: Vec::new(),
        goes_with_it: Vec::new(),
    }
}
