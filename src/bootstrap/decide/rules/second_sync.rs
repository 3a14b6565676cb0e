//! Another Kustomization of this cluster that applies the same folder.

use super::paths::same_path;
use super::source::same;
use crate::bootstrap::decide::case::Case;
use crate::cluster::LiveSync;
use crate::domain::error::Error;

/// Refuses to add a sync beside one of another name that applies Flux's folder too, unless `--allow-second-sync`.
pub(crate) fn refused(case: &Case<'_>) -> Option<Error> {
    if let Some(error) = case.answers.syncs.failure() {
        return Some(error.clone());
    }
    let other = found(case).filter(|_| !case.config.safety.allow_second_sync)?;
    let (name, own) = (&other.name, case.namespace.as_str());
    Some(
        Error::refused(format!("{}: Flux would be applied twice", words(other)))
            .caused_by(format!("GitRepository `{}` follows `{}`, {}", other.source, other.url, other.reference))
            .hint(format!(
                "To hand over: 1. set `prune: false` on `{name}` in the repository, and wait until the cluster has taken that up; \
                 2. give it and its GitRepository the name `{own}` there, with `prune: true`; 3. when `{own}/{own}` is \
                 in the cluster, delete `{name}` there and run the command again."
            ))
            .hint(format!("--allow-second-sync adds `{own}/{own}` beside it.")),
    )
}

/// The same where it is allowed.
pub(crate) fn warning(case: &Case<'_>) -> Option<String> {
    let other = found(case).filter(|_| case.config.safety.allow_second_sync)?;
    Some(format!("{}: whoever deletes one of the two deletes Flux, unless it says `prune: false`", words(other)))
}

fn words(other: &LiveSync) -> String {
    let path = if other.path.is_empty() { "./" } else { &other.path };
    format!("Kustomization `{}` already syncs `{path}` of this repository into this cluster", other.name)
}

/// The other sync, where this cluster has one of this repository that reaches Flux's folder.
fn found<'a>(case: &Case<'a>) -> Option<&'a LiveSync> {
    let own = format!("{0}/{0}", case.namespace);
    let source = &case.config.source;
    let urls = [source.sync_url.to_string(), source.clone_url.to_string()];
    let mut syncs = case.facts.answers.syncs.known()?.iter().filter(|sync| sync.name != own);
    let reaches = |sync: &LiveSync| case.draft.neighbours.reaching.iter().any(|path| same_path(path, &sync.path));
    syncs.find(|sync| reaches(sync) && urls.iter().any(|url| same(&sync.url, url)))
}
