//! Overlays that leave out what keeps the cluster in sync, or need what is not built here.

use super::edited;
use crate::bootstrap::decide::case::Case;
use crate::bootstrap::draft::flux_deployments;
use crate::domain::error::Error;
use crate::flux_api::{git_repository, kustomization};

/// Refuses an overlay whose build lacks the sync objects: the cluster would delete its own sync.
pub(crate) fn sync_not_built(case: &Case<'_>) -> Option<Error> {
    let directory = case.directory();
    (case.built_sync().is_none() && case.is_built_whole()).then(|| {
        Error::refused(format!(
            "the kustomization in `{directory}` does not include the GitRepository and the Kustomization of gotk-sync.yaml{}",
            removed(case)
        ))
        .hint("List `gotk-sync.yaml` under `resources` there; without it the cluster would delete what keeps it in sync.")
    })
}

/// What removed one of the sync objects.
fn removed(case: &Case<'_>) -> String {
    let of_kind = |kind: &str| edited::removed_by(case, kind, case.namespace.as_str());
    let entries = [git_repository::KIND, kustomization::KIND].map(of_kind);
    entries.into_iter().find(|entry| !entry.is_empty()).unwrap_or_default()
}

/// Refuses an overlay whose build lacks Flux's Deployments, unless `--allow-component-removal`.
pub(crate) fn deployments_not_built(case: &Case<'_>) -> Option<Error> {
    let wanted = flux_deployments(&case.wanted.components.objects);
    let lost: Vec<String> = wanted
        .iter()
        .filter(|name| !case.draft.deployments.contains(name))
        .map(|name| format!("`{name}`{}", edited::removed_by(case, "Deployment", name)))
        .collect();
    if lost.is_empty() || !case.is_built_whole() || case.config.safety.allow_component_removal {
        return None;
    }
    Some(
        Error::refused(format!("the kustomization in `{}` leaves out {}", case.directory(), lost.join(", ")))
            .hint("List `gotk-components.yaml` under `resources` there and do not delete these Deployments with a patch; components that are not wanted are left out with --components, or use --allow-component-removal."),
    )
}

/// A kustomization above Flux's folder that does not reach it would make the cluster delete Flux: refused where the cluster
/// already holds it.
pub(crate) fn self_prune(case: &Case<'_>) -> Option<Error> {
    let found = not_reached(case).filter(|_| holds_itself(case))?;
    Some(
        Error::refused(format!("{found} and would delete those it has"))
            .hint(format!("List `{}` under `resources` there.", case.namespace)),
    )
}

/// The same, where the cluster does not hold Flux yet.
pub(crate) fn self_prune_warning(case: &Case<'_>) -> Option<String> {
    let found = not_reached(case).filter(|_| !holds_itself(case))?;
    Some(format!("{found}; list `{}` under `resources` there", case.namespace))
}

fn not_reached(case: &Case<'_>) -> Option<String> {
    let (path, namespace) = (&case.config.source.path, case.namespace);
    (case.draft.build.reached_from_path == Some(false)).then(|| {
        format!(
            "the kustomization in `{path}` does not include `{namespace}`, so the cluster would not apply Flux's own manifests"
        )
    })
}

fn holds_itself(case: &Case<'_>) -> bool {
    let applied = case.flux().kustomization.as_ref().map(kustomization::inventory).unwrap_or_default();
    applied.iter().any(|entry| entry.kind == kustomization::KIND && entry.name == case.namespace.as_str())
}

/// A kustomization above Flux's folder that cannot be built would stop the cluster from following. One that the cluster has
/// built at this very tip is its own proof of the contrary.
pub(crate) fn unbuildable_above(case: &Case<'_>) -> Option<Error> {
    let error = case.draft.build.unbuildable_above.as_ref()?;
    let tip = case.draft.tip.map(|tip| format!("{}@sha1:{tip}", case.config.source.branch));
    (case.flux().applied_revision() != tip.as_deref()).then(|| error.clone())
}

/// A kustomization above Flux's folder that gives Flux's own objects another name or namespace: the controller would make a
/// second Flux of them, and take this one's rights away.
pub(crate) fn displaced(case: &Case<'_>) -> Option<Error> {
    let displaced = case.draft.build.displaced.as_ref()?;
    let (from, to, file) = (&displaced.from, &displaced.to, &displaced.file);
    Some(
        Error::refused(format!("{file} makes `{to}` of `{from}`: the cluster would install Flux a second time, and break this one"))
            .hint(format!(
                "Take `namespace`, `namePrefix` and `nameSuffix` out of that file, or give them to the other folders alone: \
                 put what they are for into a folder beside `{}` with a kustomization.yaml of its own.",
                case.namespace
            )),
    )
}

/// What kustomize would do and this program cannot: refused where nobody else would do it.
pub(crate) fn unsupported(case: &Case<'_>) -> Vec<Error> {
    if case.flux().applied_revision().is_some() {
        return Vec::new();
    }
    let refused = |feature: &String| {
        Error::refused(format!("the overlay needs what this tool does not do: {feature}"))
            .hint("On a first bootstrap nobody else applies it: leave it out until Flux runs, then add it through the repository.")
    };
    case.draft.build.unsupported.iter().map(refused).collect()
}

/// What only a controller with the key can apply.
pub(crate) fn encrypted(case: &Case<'_>) -> Option<String> {
    let encrypted = &case.draft.build.encrypted;
    let objects = if encrypted.len() == 1 { "one object is" } else { "some objects are" };
    (!encrypted.is_empty())
        .then(|| format!("{objects} encrypted with SOPS and left to kustomize-controller: {}", encrypted.join(", ")))
}
