//! The cluster's own credential: one that is to be kept and is not there, and one that may do more than it needs.

use crate::bootstrap::decide::case::Case;
use crate::bootstrap::draft::credential::{serves_ssh, serves_token};
use crate::domain::config::{ClusterSignIn, OwnCredential};
use crate::domain::error::Error;

/// Refuses `--keep-secret` where the Secret is not there, or does not hold what the cluster's URL needs.
pub(crate) fn nothing_to_keep(case: &Case<'_>) -> Option<Error> {
    let (credentials, source) = (&case.config.credentials, &case.config.source);
    if credentials.own != OwnCredential::KeptSecret {
        return None;
    }
    let name = format!("{}/{}", case.namespace, source.secret_name);
    let hint =
        "Make it first with a credential that may read the repository, or give that with --cluster-password-file.";
    let Some(stored) = &case.cluster.source_secret else {
        return Some(Error::refused(format!("`--keep-secret` keeps secret `{name}`, which does not exist")).hint(hint));
    };
    let (serves, needs) = match credentials.cluster {
        ClusterSignIn::Ssh => (serves_ssh(stored, &source.sync_url), "`identity` and `known_hosts` of its server"),
        ClusterSignIn::Identity => return None,
        ClusterSignIn::Token(_) => (serves_token(stored), "`username` and `password`, or `bearerToken`"),
    };
    (!serves).then(|| {
        Error::refused(format!("`--keep-secret` keeps secret `{name}`, which does not hold what the cluster needs"))
            .caused_by(format!("`{}` takes {needs}", source.sync_url.redacted()))
            .hint(hint)
    })
}

/// The cluster only reads; a credential that may push is worth more to whoever gets at it.
pub(crate) fn may_push(case: &Case<'_>) -> Option<String> {
    let trial = case.answers.cluster_credential.known()?;
    (trial.pushes == Some(true))
        .then(|| "the cluster's own credential may push too; one that may only read is enough for it".to_owned())
}
