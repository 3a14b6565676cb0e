//! A cluster that is synced from one repository and branch already.

use crate::bootstrap::decide::case::Case;
use crate::domain::error::Error;
use crate::domain::git_url::GitUrl;
use crate::domain::sync_url::same_repository;
use crate::flux_api::git_repository;

use super::object_name;
use super::prune::prunes;

/// Refuses to point an existing GitRepository at another repository or branch, unless `--allow-source-change`.
pub(crate) fn source_change(case: &Case<'_>) -> Option<Error> {
    let (from, to) = change(case)?;
    let live = case.flux().git_repository.as_ref().filter(|_| !case.config.safety.allow_source_change)?;
    Some(
        Error::refused(format!("this cluster is already synced from {from}, and this run would change it to {to}"))
            .caused_by(format!("GitRepository `{}` exists", object_name(live)))
            .hint("If this is meant, use --allow-source-change: what only the old one holds is then deleted from the cluster."),
    )
}

/// What the sync will delete when the source changes.
pub(crate) fn change_warning(case: &Case<'_>) -> Option<String> {
    let (from, to) = change(case)?;
    prunes(case.built_sync()?.kustomization).then(|| {
        format!("the source changes from {from} to {to}: what only the old one holds is deleted from the cluster")
    })
}

/// The change of repository or branch, both for people; none where there is none.
fn change(case: &Case<'_>) -> Option<(String, String)> {
    let live = case.flux().git_repository.as_ref()?;
    let built = case.built_sync()?.git_repository;
    let (live_url, wanted_url) = (git_repository::url(live)?, git_repository::url(built)?);
    let (live_ref, wanted_ref) = (git_repository::reference(live), git_repository::reference(built));
    match same(live_url, wanted_url) {
        true if live_ref == wanted_ref => None,
        true => Some((live_ref, wanted_ref)),
        false => Some((format!("`{live_url}`"), format!("`{wanted_url}`"))),
    }
}

/// Whether two addresses name one repository.
pub(super) fn same(live: &str, wanted: &str) -> bool {
    match (live.parse::<GitUrl>(), wanted.parse::<GitUrl>()) {
        (Ok(live), Ok(wanted)) => same_repository(&live, &wanted),
        _ => live == wanted,
    }
}

/// Somebody else has changed how the cluster signs in, after a key was made for it that would be lost.
pub(crate) fn changed_sign_in(case: &Case<'_>) -> Option<Error> {
    (case.produced.deploy_key.is_some() && !case.draft.files.sync.needs_secret).then(|| {
        Error::refused("someone else has just changed how the cluster signs in to the Git server")
            .hint("Run the command again: it looks at the source secret again and decides from there.")
    })
}
