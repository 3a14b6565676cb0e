//! What may be wrong and is no reason to stop.

use serde_json::Value;

use super::second_sync;
use crate::bootstrap::decide::case::Case;
use crate::domain::config::ProxyChange;
use crate::domain::flux::version::OLDEST_KUBERNETES_MINOR;

/// The proxy's Secret stays in the cluster when nothing refers to it any more.
pub(crate) fn proxy_left_behind(case: &Case<'_>) -> Option<String> {
    let live = case.flux().git_repository.as_ref()?;
    let name = live.pointer("/spec/proxySecretRef/name").and_then(Value::as_str)?;
    let namespace = case.namespace;
    (case.config.source.proxy == ProxyChange::Removed).then(|| {
        format!(
            "Secret `{namespace}/{name}` of the proxy is no longer used and stays: remove it with `kubectl -n {namespace} \
             delete secret {name}`"
        )
    })
}

/// The API server is older than this Flux supports.
pub(crate) fn old_kubernetes(case: &Case<'_>) -> Option<String> {
    let server = &case.cluster.version;
    (server.major == 1 && server.minor < OLDEST_KUBERNETES_MINOR).then(|| {
        format!(
            "Kubernetes {} is older than 1.{OLDEST_KUBERNETES_MINOR}, which Flux {} needs",
            server.text, case.wanted.components.header.version
        )
    })
}

/// The path ends with the name of Flux's own folder, which lies in the path.
pub(crate) fn own_folder_as_path(case: &Case<'_>) -> Option<String> {
    let (path, own) = (&case.config.source.path, case.namespace.as_str());
    let outer = path.as_tree_path().strip_suffix(own).filter(|outer| outer.is_empty() || outer.ends_with('/'))?;
    let meant = outer.trim_end_matches('/');
    let meant = if meant.is_empty() { "./" } else { meant };
    Some(format!(
        "`--path={path}` ends with Flux's own folder, which will be `{}`; mostly `--path={meant}` is meant",
        case.directory()
    ))
}

/// The repository holds this path already, and this cluster is not known to be synced from it.
pub(crate) fn shared_path(case: &Case<'_>) -> Option<String> {
    let unowned = case.flux().kustomization.is_none() && case.draft.existing_components.is_some();
    (unowned && case.flux().installed && second_sync::warning(case).is_none())
        .then(|| "the repository already holds this path, so another cluster may be synced from it too".to_owned())
}
