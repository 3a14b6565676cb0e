//! Deletions that the API server would not carry out.

use crate::cluster::ClusterError;
use crate::domain::error::Error;
use crate::uninstall::case::Facts;

/// Everything that a webhook or a policy keeps from being deleted; missing rights are told by themselves.
pub(crate) fn of_deletions(facts: &Facts<'_>) -> Vec<Error> {
    let verdicts = facts.answers.deletions.values().filter_map(|verdict| verdict.as_ref().err());
    let is_denial =
        |error: &&ClusterError| !matches!(error, ClusterError::Forbidden { .. }) && not_judged(error).is_none();
    verdicts.filter(is_denial).map(worded).collect()
}

fn worded(error: &ClusterError) -> Error {
    let mut told = Error::from(error.clone());
    if matches!(error, ClusterError::Denied { .. }) {
        told.hints = vec!["Ask the owner of that policy for an exception.".to_owned().into()];
    }
    told
}

/// Why the server cannot judge, if that is what the error says.
pub(crate) fn not_judged(error: &ClusterError) -> Option<String> {
    error.takes_no_dry_run().then(|| "an admission webhook does not support dry runs".to_owned())
}
