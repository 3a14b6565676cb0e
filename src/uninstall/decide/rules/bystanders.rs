//! What is in Flux's namespace and does not belong to Flux.

use super::named;
use crate::domain::error::Error;
use crate::uninstall::case::Facts;

/// Refuses to take workloads and volumes of others along with the namespace, unless `--force`.
pub(crate) fn would_go(facts: &Facts<'_>) -> Option<Error> {
    let others = &facts.found.bystanders;
    if facts.config.force || facts.draft.namespace.is_none() || others.is_empty() {
        return None;
    }
    let namespace = facts.namespace;
    Some(
        Error::refused(format!("namespace `{namespace}` holds what is not of Flux: {}", named(others)))
            .hint("Use --keep-namespace to leave it where it is, or --force to let it go with the namespace."),
    )
}
