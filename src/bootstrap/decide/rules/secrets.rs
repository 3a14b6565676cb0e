//! Secrets that the API server will not let change.

use crate::domain::cluster_secret::StoredSecret;
use crate::domain::error::Error;

/// Refuses to write a Secret that the API server will not let change so; `keeps_sign_in`: a user name or password is written.
pub fn unwritable(stored: &StoredSecret, namespace: &str, name: &str, keeps_sign_in: bool) -> Option<Error> {
    // The only type with a rule that our keys can break. https://kubernetes.io/docs/concepts/configuration/secret/
    let reason = match stored.kind.as_str() {
        _ if stored.immutable => "it is immutable",
        "kubernetes.io/basic-auth" if !keeps_sign_in => {
            "its type `kubernetes.io/basic-auth` takes a user name or a password, and this run would remove both"
        }
        _ => return None,
    };
    let refused = Error::refused(format!("secret `{namespace}/{name}` cannot be changed")).caused_by(reason);
    Some(refused.hint(format!("Delete it, and a run makes it anew: `kubectl -n {namespace} delete secret {name}`.")))
}
