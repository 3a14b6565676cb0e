//! Flux that another tool manages.

use crate::domain::error::Error;
use crate::uninstall::case::Facts;

/// Refuses to remove what another tool would put back, or misses, unless `--force`.
pub(crate) fn foreign_owner(facts: &Facts<'_>) -> Option<Error> {
    let owner = facts.found.owner.as_ref().filter(|_| !facts.config.force)?;
    Some(
        Error::refused(format!("the Flux in this cluster is managed by {owner}"))
            .hint("Remove it with that tool; --force removes it here, whatever that tool makes of it."),
    )
}
