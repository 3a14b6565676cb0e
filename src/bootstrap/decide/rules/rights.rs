//! Rights that the plan takes and this identity lacks.

use serde_json::Value;

use crate::bootstrap::cluster_state::ClusterState;
use crate::bootstrap::decide::case::Case;
use crate::bootstrap::decide::secrets::Secrets;
use crate::bootstrap::draft::of_cluster_alone;
use crate::bootstrap::facts::Facts;
use crate::bootstrap::inquiry::Answers;
use crate::cluster::{ClusterError, once_each};
use crate::domain::access::Access;
use crate::domain::error::Error;
use crate::hints::rights::missing_rights;
use crate::plan::{Plan, rights};

/// Refuses a plan whose steps take rights that this identity lacks.
pub(crate) fn lacking(case: &Case<'_>, plan: &Plan) -> Option<Error> {
    refused(case.facts, &plan.rights())
}

/// Refuses a cluster in which a first bootstrap cannot be made, where nothing is known of the repository.
pub(crate) fn of_first_bootstrap(facts: Facts<'_>, cluster: &ClusterState) -> Option<Error> {
    refused(facts, &of_cluster_alone(facts.looked.wanted.known()?, cluster).rights)
}

/// A dry-run takes the same rights as the write. Where they are missing, all missing ones are named at once instead of
/// every object that could not be checked.
pub(crate) fn instead_of_denials(case: &Case<'_>, secrets: &Secrets, mut denied: Vec<ClusterError>) -> Vec<Error> {
    let is_forbidden = |error: &ClusterError| matches!(error, ClusterError::Forbidden { .. });
    let mut errors = Vec::new();
    if denied.iter().any(is_forbidden) {
        let all: Vec<Value> = case.draft.components.iter().chain(&case.draft.sync).cloned().collect();
        let namespace = secrets.writes().then_some(case.namespace.as_str());
        let missing = missing(case.answers, &rights::to_apply(&all, namespace, None)).unwrap_or_default();
        if let Some(error) = missing_rights(&missing, case.config.cluster.kube.impersonate.as_deref()) {
            denied.retain(|error| !is_forbidden(error));
            errors.push(error);
        }
    }
    errors.extend(once_each(denied).into_iter().map(Error::from));
    errors
}

fn refused(facts: Facts<'_>, taken: &[Access]) -> Option<Error> {
    match missing(facts.answers, taken) {
        Ok(missing) => missing_rights(&missing, facts.config.cluster.kube.impersonate.as_deref()),
        Err(error) => Some(error.into()),
    }
}

/// Those of the rights that this identity lacks, in the given order; one that nobody asked about is not missing.
fn missing(answers: &Answers, taken: &[Access]) -> Result<Vec<Access>, ClusterError> {
    let mut missing = Vec::new();
    for right in taken {
        match answers.rights.get(right) {
            Some(Ok(false)) => missing.push(right.clone()),
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(true)) | None => {}
        }
    }
    Ok(missing)
}
