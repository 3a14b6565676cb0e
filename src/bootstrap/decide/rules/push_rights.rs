//! What Azure DevOps says beforehand about the push.

use crate::azure_api::Address;
use crate::azure_api::rights::Rights;
use crate::bootstrap::decide::case::Case;
use crate::domain::error::{Error, Kind};
use crate::plan::Unproven;

/// What forbids the push, known before it.
pub(crate) fn refused(case: &Case<'_>) -> Vec<Error> {
    let Some((rights, address)) = case.answers.push_rights.known().zip(Address::of(&case.config.source.clone_url))
    else {
        return Vec::new();
    };
    // What git was refused already says more.
    let lacking = lacking(rights, &address).filter(|_| case.answers.push_access.failure().is_none());
    lacking.into_iter().chain(blocked(rights, &case.config.source.branch)).collect()
}

fn lacking(rights: &Rights, address: &Address) -> Option<Error> {
    let titles: Vec<String> = rights.lacking.iter().map(|permission| format!("\"{}\"", permission.title())).collect();
    let (repository, project) = (address.repository(), address.project());
    let permissions = if titles.len() == 1 { "permission" } else { "permissions" };
    let message = format!("this identity has not the {permissions} {} in project `{project}`", titles.join(" and "));
    (!titles.is_empty()).then(|| {
        Error::new(Kind::GitAccess, message).hint(format!(
            "Grant it under Project settings > Repositories > {repository} > Security ({}); a pipeline's identity is called \
             \"<project> Build Service (<organisation>)\".",
            address.settings_page("repositories")
        ))
    })
}

fn blocked(rights: &Rights, branch: &str) -> Option<Error> {
    let names: Vec<String> = rights.blocking.iter().map(|name| format!("`{name}`")).collect();
    let policies = if names.len() == 1 { "policy" } else { "policies" };
    (!names.is_empty()).then(|| {
        Error::new(
            Kind::PushRefused,
            format!("branch `{branch}` takes pull requests alone: {policies} {}", names.join(", ")),
        )
        .hint(
            "Propose the change with --pull-request, grant this identity \"Bypass policies when pushing\" on the branch, or \
             choose a branch without policies with --branch.",
        )
    })
}

/// What is not known of the push; it is tried all the same.
pub(crate) fn unproven(case: &Case<'_>) -> Vec<Unproven> {
    let unknown = case.answers.push_rights.known().map(|rights| rights.unknown.as_slice()).unwrap_or_default();
    let branch = &case.config.source.branch;
    let what = |asked: &str| match asked {
        "branch policies" => format!("branch policies of `{branch}`"),
        permission => format!("permission \"{permission}\" for the push to `{branch}`"),
    };
    unknown.iter().map(|it| Unproven { what: what(&it.what), reason: it.reason.clone() }).collect()
}
