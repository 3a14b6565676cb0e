//! Paths of two clusters of which one lies in the other.

use super::paths::same_path;
use crate::bootstrap::draft::{Neighbour, Neighbours};
use crate::domain::config::BootstrapConfig;
use crate::domain::error::Error;

/// Refuses a path below one that another cluster syncs, unless `--allow-nested-path`: that cluster would apply this one's
/// Flux, and both would break. `live` is the path that this cluster itself is synced from.
pub(crate) fn above(neighbours: &Neighbours, config: &BootstrapConfig, live: Option<&str>) -> Option<Error> {
    let other = refused(&neighbours.above, config, live)?;
    let (path, file) = (&config.source.path, &other.file);
    Some(
        Error::refused(format!("`--path={path}` lies below `{}`, which another cluster syncs: it would apply this cluster's Flux too", other.path))
            .caused_by(format!("`{file}` in the repository"))
            .hint("Choose a path beside that one, keep this folder out of it with a kustomization.yaml there, or use --allow-nested-path."),
    )
}

/// Refuses a path above another cluster's Flux, unless `--allow-nested-path`.
pub(crate) fn below(neighbours: &Neighbours, config: &BootstrapConfig, live: Option<&str>) -> Option<Error> {
    let other = refused(&neighbours.below, config, live)?;
    let (path, file) = (&config.source.path, &other.file);
    Some(
        Error::refused(format!("`--path={path}` holds the Flux of another cluster, which this cluster would apply too"))
            .caused_by(format!("`{file}` in the repository"))
            .hint("Choose the folder of this cluster alone, keep that one out with a kustomization.yaml, or use --allow-nested-path."),
    )
}

/// The first that is another cluster: to leave the path that this one is synced from is a change of path.
fn refused<'a>(others: &'a [Neighbour], config: &BootstrapConfig, live: Option<&str>) -> Option<&'a Neighbour> {
    let is_own = |other: &Neighbour| live.is_some_and(|live| same_path(live, &other.path));
    others.iter().find(|other| !is_own(other)).filter(|_| !config.safety.allow_nested_path)
}
