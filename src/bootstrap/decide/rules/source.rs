//! A cluster that is synced from one repository and branch already.

use crate::bootstrap::decide::case::Case;
use crate::domain::error::Error;
use crate::domain::git_url::GitUrl;
use crate::domain::sync_url::same_repository;
use crate::flux_api::{git_repository, kustomization};

use super::object_name;
use super::paths::same_path;
use super::prune::prunes;

/// Refuses to point an existing GitRepository at another repository or branch, unless `--allow-source-change`.
pub fn source_change(case: &Case<'_>) -> Option<Error> {
    let (from, to) = change(case)?;
    let live = case.flux().git_repository.as_ref().filter(|_| !case.config.safety.allow_source_change)?;
    Some(
        Error::refused(format!("this cluster is already synced from {from}, and this run would change it to {to}"))
            .caused_by(format!("GitRepository `{}` exists", object_name(live)))
            .hint("If this is meant, use --allow-source-change: what only the old one holds is then deleted from the cluster."),
    )
}

/// What the sync will delete when the source changes.
pub fn change_warning(case: &Case<'_>) -> Option<String> {
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

fn same(live: &str, wanted: &str) -> bool {
    match (live.parse::<GitUrl>(), wanted.parse::<GitUrl>()) {
        (Ok(live), Ok(wanted)) => same_repository(&live, &wanted),
        _ => live == wanted,
    }
}

/// Refuses an overlay that gives Flux's own objects another source or path than the flags say, unless
/// `--allow-source-override`: the cluster would follow something else than what this run waits for.
pub fn overridden(case: &Case<'_>) -> Option<Error> {
    let overrides = overrides(case);
    let (what, flag) = overrides.first().filter(|_| !case.config.safety.allow_source_override)?;
    let directory = case.directory();
    let mut error = Error::refused(format!("the overlay in `{directory}` {what}"));
    error.causes.extend(overrides.iter().skip(1).map(|(what, _)| format!("it also {what}")));
    Some(error.hint(format!(
        "Take the patch out of the kustomization in `{directory}` and say it with {flag}, or use --allow-source-override."
    )))
}

/// What the overlay changes, as the rest of a sentence, each with the flag that says the same.
fn overrides(case: &Case<'_>) -> Vec<(String, String)> {
    let Some(built) = case.built_sync() else { return Vec::new() };
    let source = &case.config.source;
    let mut overrides = Vec::new();
    let branch = source.branch.as_str();
    let reference = git_repository::reference(built.git_repository);
    if reference != format!("branch `{branch}`") {
        let named = built.git_repository["spec"]["ref"]["branch"].as_str().unwrap_or("<branch>");
        overrides.push((
            format!("gives the GitRepository {reference} instead of branch `{branch}`"),
            format!("`--branch={named}`"),
        ));
    }
    let url = git_repository::url(built.git_repository).unwrap_or_default();
    if relation(&source.sync_url, url) == Relation::Other {
        let wanted = source.sync_url.redacted();
        overrides
            .push((format!("gives the GitRepository the URL `{url}` instead of `{wanted}`"), format!("`--url={url}`")));
    }
    let (path, wanted) = (kustomization::path(built.kustomization).unwrap_or_default(), source.path.to_string());
    if !same_path(path, &wanted) {
        let flag = format!("`--path={}`", path.trim_start_matches("./"));
        overrides.push((format!("gives the Kustomization the path `{path}` instead of `{wanted}`"), flag));
    }
    let (kind, name) = kustomization::source(built.kustomization);
    if kind != git_repository::KIND || name != case.namespace.as_str() {
        let own = case.namespace;
        overrides.push((
            format!("gives the Kustomization the source {kind} `{name}` instead of GitRepository `{own}`"),
            "`--url`".to_owned(),
        ));
    }
    overrides
}

/// The URL names another host for what may be the same repository, which cannot be known here.
pub fn elsewhere_warning(case: &Case<'_>) -> Option<String> {
    let built = case.built_sync()?.git_repository;
    let url =
        git_repository::url(built).filter(|url| relation(&case.config.source.sync_url, url) == Relation::OtherHost)?;
    Some(format!(
        "the overlay in `{}` gives the GitRepository the URL `{url}`: whether that is the same repository as `{}` cannot be \
         known from here",
        case.directory(),
        case.config.source.sync_url.redacted()
    ))
}

/// How a URL relates to the one that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Same,
    /// The same path at another host, as a mirror or an internal name has.
    OtherHost,
    Other,
}

fn relation(wanted: &GitUrl, built: &str) -> Relation {
    match built.parse::<GitUrl>() {
        Ok(url) if same_repository(&url, wanted) => Relation::Same,
        Ok(url) if url.host != wanted.host && url.path.trim_matches('/') == wanted.path.trim_matches('/') => {
            Relation::OtherHost
        }
        _ => Relation::Other,
    }
}

/// Somebody else has changed how the cluster signs in, after a key was made for it that would be lost.
pub fn changed_sign_in(case: &Case<'_>) -> Option<Error> {
    (case.produced.deploy_key.is_some() && !case.draft.files.sync.needs_secret).then(|| {
        Error::refused("someone else has just changed how the cluster is to sign in at the Git server")
            .hint("Run it again: it then decides anew about the source secret.")
    })
}
