//! Components that would go, and versions that would go back.

use crate::bootstrap::decide::case::Case;
use crate::domain::config::SafetyConfig;
use crate::domain::error::Error;
use crate::domain::flux::Component;
use crate::flux_api::kustomization;
use crate::manifests::churn::{self, ExistingHeader};

/// Refuses to let the sync prune components that this run leaves out, unless `--allow-component-removal`.
pub(crate) fn removal(case: &Case<'_>) -> Option<Error> {
    let applied = case.flux().kustomization.as_ref();
    let applied =
        applied.map(|object| kustomization::inventory_deployments(object, case.namespace.as_str())).unwrap_or_default();
    let applied = applied.iter().map(String::as_str);
    let removed = churn::removed_components(&header(case), applied, &case.wanted.components.header.components);
    let extra: Vec<&str> = Component::EXTRA.iter().map(|component| component.as_str()).collect();
    component_removal(&removed, &extra, &case.config.safety)
}

/// Refuses to go back to an older Flux version unless it was asked for by `--version`.
pub(crate) fn downgrade(case: &Case<'_>) -> Option<Error> {
    let wanted = &case.wanted.components.header.version;
    let in_header = header(case).version.as_ref().map(ToString::to_string);
    let found = [(in_header.as_deref(), "the repository"), (case.flux().version.as_deref(), "the cluster")];
    let newer = found.into_iter().filter_map(|(version, place)| Some((churn::downgrade_from(version, wanted)?, place)));
    let (found, place) = newer
        .map(|(version, place)| (version.to_string(), place))
        .max()
        .filter(|_| !case.config.safety.version_given)?;
    Some(Error::refused(format!("{place} holds Flux {found}, and this run would go back to {wanted}")).hint(format!(
        "Use a newer release of this tool, or `--version={found}` to keep it, or `--version={wanted}` to go back on purpose."
    )))
}

/// The head of gotk-components.yaml as the tip has it.
fn header(case: &Case<'_>) -> ExistingHeader {
    let text = case.draft.existing_components.as_deref().map(String::from_utf8_lossy);
    text.as_deref().map(ExistingHeader::read).unwrap_or_default()
}

fn component_removal(removed: &[String], extra: &[&str], safety: &SafetyConfig) -> Option<Error> {
    if removed.is_empty() || safety.allow_component_removal {
        return None;
    }
    let names = removed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let keep_extra: Vec<&str> = removed.iter().map(String::as_str).filter(|name| extra.contains(name)).collect();
    let keep = if keep_extra.len() == removed.len() {
        format!("Keep them with `--components-extra={}`", keep_extra.join(","))
    } else {
        format!("Keep them by naming {names} in --components or --components-extra")
    };
    Some(
        Error::refused(format!(
            "this run would remove {names} from the cluster, with their CRDs and all objects of those kinds"
        ))
        .hint(format!("{keep}, or remove them with --allow-component-removal.")),
    )
}
