//! A cluster that is synced from one path already.

use crate::bootstrap::decide::case::Case;
use crate::domain::error::Error;
use crate::flux_api::kustomization;

use super::object_name;

/// Refuses to point an existing Kustomization at another path, unless `--allow-path-change`.
pub(crate) fn path_change(case: &Case<'_>) -> Option<Error> {
    let live = kustomization::path(case.flux().kustomization.as_ref()?)?;
    let built = case.built_sync()?;
    let wanted = kustomization::path(built.kustomization).unwrap_or_default();
    if same_path(live, wanted) || case.config.safety.allow_path_change {
        return None;
    }
    let name = object_name(built.kustomization);
    Some(
        Error::refused(format!(
            "this cluster is already synced from path `{live}`, and this run would change it to `{wanted}`"
        ))
        .caused_by(format!("Kustomization `{name}` exists"))
        .hint(format!(
            "Use `--path={}`, or --allow-path-change: what only the old path holds is then deleted from the cluster.",
            live.trim_start_matches("./")
        )),
    )
}

/// `./a`, `a/` and `a` are the same path.
pub(crate) fn same_path(one: &str, other: &str) -> bool {
    let normal =
        |path: &str| path.split('/').filter(|segment| !matches!(*segment, "" | ".")).collect::<Vec<_>>().join("/");
    normal(one) == normal(other)
}
