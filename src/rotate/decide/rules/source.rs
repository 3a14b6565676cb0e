//! GitRepositories whose credential cannot be rotated.

use crate::domain::error::{Error, Kind};
use crate::domain::git_url::GitUrl;
use crate::flux_api::git_repository;
use crate::rotate::facts::Looked;

/// The address of the repository.
///
/// # Errors
/// There is none, it signs in without a Secret, it is suspended, or its address cannot be read.
pub(crate) fn rotatable(looked: &Looked) -> Result<GitUrl, Error> {
    let reference = &looked.reference;
    let Some(source) = &looked.source else { return Err(absent(looked)) };
    if let Some(provider) = git_repository::provider(source) {
        return Err(Error::refused(format!(
            "`{reference}` signs in as `provider: {provider}`, so there is nothing to rotate"
        ))
        .hint("The provider issues a new token for each fetch; change its identity where the cluster gets it from."));
    }
    if git_repository::secret(source).is_none() {
        return Err(Error::refused(format!("`{reference}` names no Secret, so there is nothing to rotate"))
            .hint("It reads its repository without a credential; run `flux bootstrap git` to give it one."));
    }
    if git_repository::is_suspended(source) {
        let namespace = reference.namespace.as_deref().unwrap_or_default();
        return Err(Error::refused(format!(
            "`{reference}` is suspended, so it could not prove the new credential by a fetch"
        ))
        .hint(format!(
            "Let it go on first: `kubectl -n {namespace} patch gitrepository {} --type=merge -p '{{\"spec\":{{\"suspend\":false}}}}'`.",
            reference.name
        )));
    }
    let url = git_repository::url(source).unwrap_or_default();
    url.parse().map_err(|error| {
        Error::new(Kind::Other, format!("`spec.url` of `{reference}` cannot be used")).caused_by(error)
    })
}

fn absent(looked: &Looked) -> Error {
    let error = Error::new(Kind::Other, format!("`{}` does not exist", looked.reference));
    let names: Vec<String> = looked.names.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => error.hint(
            "There is no GitRepository in this namespace: name another with --namespace, or bootstrap the cluster first.",
        ),
        _ => error.hint(format!("The namespace has {}; name one of them: `flux rotate source git <name>`.", names.join(", "))),
    }
}
