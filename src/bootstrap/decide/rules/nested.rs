//! Paths of two clusters of which one lies in the other.

use super::paths::same_path;
use crate::bootstrap::decide::case::Case;
use crate::bootstrap::draft::Neighbour;
use crate::domain::error::Error;
use crate::flux_api::kustomization;

/// Refuses a path below one that another cluster syncs, unless `--allow-nested-path`: that cluster would apply this one's
/// Flux, and both would break.
pub(crate) fn above(case: &Case<'_>) -> Option<Error> {
    let mut others = case.draft.neighbours.above.iter();
    let other = others.find(|other| !is_own(case, other)).filter(|_| !case.config.safety.allow_nested_path)?;
    let (path, file) = (&case.config.source.path, &other.file);
    Some(
        Error::refused(format!("`--path={path}` lies below `{}`, which another cluster syncs: it would apply this cluster's Flux too", other.path))
            .caused_by(format!("`{file}` in the repository"))
            .hint("Choose a path beside that one, keep this folder out of it with a kustomization.yaml there, or use --allow-nested-path."),
    )
}

/// Refuses a path above another cluster's Flux, unless `--allow-nested-path`.
pub(crate) fn below(case: &Case<'_>) -> Option<Error> {
    let mut others = case.draft.neighbours.below.iter();
    let other = others.find(|other| !is_own(case, other)).filter(|_| !case.config.safety.allow_nested_path)?;
    let (path, file) = (&case.config.source.path, &other.file);
    Some(
        Error::refused(format!("`--path={path}` holds the Flux of another cluster, which this cluster would apply too"))
            .caused_by(format!("`{file}` in the repository"))
            .hint("Choose the folder of this cluster alone, keep that one out with a kustomization.yaml, or use --allow-nested-path."),
    )
}

/// The path that this cluster itself is synced from: to leave it is a change of path.
fn is_own(case: &Case<'_>, other: &Neighbour) -> bool {
    let live = case.flux().kustomization.as_ref().and_then(kustomization::path);
    live.is_some_and(|live| same_path(live, &other.path))
}
