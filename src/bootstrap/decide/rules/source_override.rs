//! Overlays that give Flux's own objects another source or path than the flags say.

use super::edited;
use super::paths::same_path;
use crate::bootstrap::decide::case::Case;
use crate::domain::error::Error;
use crate::domain::git_url::GitUrl;
use crate::domain::sync_url::same_repository;
use crate::flux_api::{git_repository, kustomization};

/// Refuses an overlay that gives Flux's own objects another source or path than the flags say, unless
/// `--allow-source-override`: the cluster would follow something else than what this run waits for.
pub(crate) fn overridden(case: &Case<'_>) -> Option<Error> {
    let overrides = overrides(case);
    let (what, flag) = overrides.first().filter(|_| !case.config.safety.allow_source_override)?;
    let directory = case.directory();
    let mut error = Error::refused(format!("the overlay in `{directory}` {what}"));
    error.causes.extend(overrides.iter().skip(1).map(|(what, _)| format!("it also {what}").into()));
    Some(error.hint(format!(
        "Take the patch out of the kustomization in `{directory}` and say it with {flag}, or use --allow-source-override."
    )))
}

/// What the overlay changes, as the rest of a sentence, each with the flag that says the same.
fn overrides(case: &Case<'_>) -> Vec<(String, String)> {
    let Some(built) = case.built_sync() else { return Vec::new() };
    let source = &case.config.source;
    let by = |kind: &str, field: &str| edited::by(case, kind, field);
    let mut overrides = Vec::new();
    let branch = source.branch.as_str();
    let reference = git_repository::reference(built.git_repository);
    if reference != format!("branch `{branch}`") {
        let named = built.git_repository["spec"]["ref"]["branch"].as_str().unwrap_or("<branch>");
        overrides.push((
            format!(
                "gives the GitRepository {reference} instead of branch `{branch}`{}",
                by(git_repository::KIND, "/spec/ref")
            ),
            format!("`--branch={named}`"),
        ));
    }
    let url = git_repository::url(built.git_repository).unwrap_or_default();
    if relation(&source.sync_url, url) == Relation::Other {
        let wanted = source.sync_url.redacted();
        let by = by(git_repository::KIND, "/spec/url");
        overrides.push((
            format!("gives the GitRepository the URL `{url}` instead of `{wanted}`{by}"),
            format!("`--url={url}`"),
        ));
    }
    let (path, wanted) = (kustomization::path(built.kustomization).unwrap_or_default(), source.path.to_string());
    if !same_path(path, &wanted) {
        let flag = format!("`--path={}`", path.trim_start_matches("./"));
        let by = by(kustomization::KIND, "/spec/path");
        overrides.push((format!("gives the Kustomization the path `{path}` instead of `{wanted}`{by}"), flag));
    }
    let (kind, name) = kustomization::source(built.kustomization);
    if kind != git_repository::KIND || name != case.namespace.as_str() {
        let own = case.namespace;
        overrides.push((
            format!(
                "gives the Kustomization the source {kind} `{name}` instead of GitRepository `{own}`{}",
                by(kustomization::KIND, "/spec/sourceRef")
            ),
            "`--url`".to_owned(),
        ));
    }
    overrides
}

/// The URL names another host for what may be the same repository, which cannot be known here.
pub(crate) fn elsewhere_warning(case: &Case<'_>) -> Option<String> {
    let built = case.built_sync()?.git_repository;
    let url =
        git_repository::url(built).filter(|url| relation(&case.config.source.sync_url, url) == Relation::OtherHost)?;
    let (directory, wanted) = (case.directory(), case.config.source.sync_url.redacted());
    let by = edited::by(case, git_repository::KIND, "/spec/url");
    Some(format!(
        "the overlay in `{directory}` gives the GitRepository the URL `{url}`{by}: whether that is the same repository as \
         `{wanted}` cannot be known from here"
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
