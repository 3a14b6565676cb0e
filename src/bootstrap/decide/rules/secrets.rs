//! Secrets that the API server will not let change.

use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::SafetyConfig;
use crate::domain::error::Error;

/// Refuses to write a Secret that another tool makes, unless `--overwrite-secret`: it would be made anew from there, and the
/// credential in it may have been chosen with care.
pub(crate) fn foreign(stored: &StoredSecret, namespace: &str, name: &str, safety: &SafetyConfig) -> Option<Error> {
    let owner = stored.owner.as_ref().filter(|_| !safety.overwrite_secret)?;
    Some(Error::refused(format!("secret `{namespace}/{name}` is managed by {owner}, and this run would change it")).hint(
        "Give the cluster another Secret with --secret-name, change the credential where that tool takes it from, or use \
         --overwrite-secret.",
    ))
}

/// Refuses to write a Secret that the API server will not let change so; `keeps_sign_in`: a user name or password is written.
pub(crate) fn unwritable(stored: &StoredSecret, namespace: &str, name: &str, keeps_sign_in: bool) -> Option<Error> {
    // The only type with a rule that our keys can break. https://kubernetes.io/docs/concepts/configuration/secret/
    let reason = match stored.kind.as_str() {
        _ if stored.immutable => "it is immutable",
        "kubernetes.io/basic-auth" if !keeps_sign_in => {
            "its type `kubernetes.io/basic-auth` takes a user name or a password, and this run would remove both"
        }
        _ => return None,
    };
    let refused = Error::refused(format!("secret `{namespace}/{name}` cannot be changed")).caused_by(reason);
    Some(
        refused
            .hint(format!("Delete it; the next run makes a new one: `kubectl -n {namespace} delete secret {name}`.")),
    )
}
