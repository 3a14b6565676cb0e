//! Rights that the plan takes and this identity lacks.

use crate::cluster::ClusterError;
use crate::domain::access::Access;
use crate::domain::error::Error;
use crate::hints::rights::missing_rights_of;
use crate::plan::rights::to_delete;
use crate::uninstall::case::Facts;

/// Refuses a plan whose steps take rights that this identity lacks, those for deletions included.
pub(crate) fn lacking(facts: &Facts<'_>) -> Option<Error> {
    if let Some(error) = facts.answers.lacking.failure() {
        return Some(error.clone());
    }
    let mut missing: Vec<Access> = facts.answers.lacking.known()?.clone();
    let forbidden =
        facts.answers.deletions.iter().filter(|(_, verdict)| matches!(verdict, Err(ClusterError::Forbidden { .. })));
    missing.extend(to_delete(forbidden.map(|(object, _)| object)));
    missing_rights_of("An uninstall", &missing, facts.config.cluster.kube.impersonate.as_deref())
}
