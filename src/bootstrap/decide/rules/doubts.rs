//! What may be wrong and is no reason to stop.

use super::second_sync;
use crate::bootstrap::decide::case::Case;
use crate::domain::flux::version::OLDEST_KUBERNETES_MINOR;

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

/// The repository holds names for which Flux's controllers refuse all that the repository holds.
pub(crate) fn not_unpacked(case: &Case<'_>) -> Option<String> {
    const SHOWN: usize = 3;
    let paths = &case.draft.not_unpacked;
    let more = if paths.len() > SHOWN { ", ..." } else { "" };
    let shown = paths.iter().take(SHOWN).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    (!paths.is_empty()).then(|| {
        format!(
            "the repository holds {shown}{more}, which Flux cannot unpack: no cluster can follow the repository until it is \
             renamed, or left out by `.sourceignore`"
        )
    })
}

/// The repository holds this path already, and this cluster is not known to be synced from it.
pub(crate) fn shared_path(case: &Case<'_>) -> Option<String> {
    let unowned = case.flux().kustomization.is_none() && case.draft.existing_components.is_some();
    (unowned && case.flux().installed && second_sync::warning(case).is_none())
        .then(|| "the repository already holds this path, so another cluster may be synced from it too".to_owned())
}
