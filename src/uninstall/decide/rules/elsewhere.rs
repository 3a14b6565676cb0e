//! Flux in other namespaces.

use crate::domain::error::Error;
use crate::uninstall::case::Facts;
use crate::uninstall::draft::is_fluxs;

/// Refuses a namespace that is not Flux's, where Flux is in another one: a slip of `--namespace` must cost nothing.
pub(crate) fn not_here(facts: &Facts<'_>) -> Option<Error> {
    let namespace = facts.namespace.as_str();
    let place = facts.found.elsewhere.first().filter(|_| !is_fluxs(namespace, facts.found))?;
    let places: Vec<String> = facts.found.elsewhere.iter().map(|place| format!("`{place}`")).collect();
    Some(
        Error::refused(format!("Flux is not in namespace `{namespace}`, but in {}", places.join(", ")))
            .hint(format!("Name the one that is meant, as with --namespace={place}.")),
    )
}

/// Refuses to take the definitions away from a second Flux, with all its objects.
pub(crate) fn second_flux(facts: &Facts<'_>) -> Option<Error> {
    let namespace = facts.namespace.as_str();
    let is_second = !facts.config.keep_definitions && is_fluxs(namespace, facts.found);
    let place = facts.found.elsewhere.first().filter(|_| is_second)?;
    Some(
        Error::refused(format!("namespace `{place}` has a Flux too, which needs the CustomResourceDefinitions"))
            .hint("Use --keep-crds: they stay, with all objects of their kinds outside this Flux's own namespace."),
    )
}
