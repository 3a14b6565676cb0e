//! What is behind a refusal of Azure DevOps, and the way out, in words.

use crate::azure_api::Address;
use crate::azure_api::explain::{Cause, Explanation};
use crate::domain::error::Error;
use crate::domain::server_text::printable;
use crate::hints::azure_devops;

/// What git was doing when it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Reading.
    Read,
    /// Asking whether it may push, or pushing.
    Push,
}

/// The refusal with what is behind it. Its kind stays. `own_tenant` is where the token is from, if it says so.
pub(crate) fn explained(
    error: Error,
    explanation: &Explanation,
    address: &Address,
    doing: Doing,
    own_tenant: Option<&str>,
) -> Error {
    let (project, repository) = (address.project(), address.repository());
    let mut error = match &explanation.signed_in_as {
        Some(name) => {
            error.caused_by(format!("this identity is `{name}` in organisation `{}`", address.organization()))
        }
        None => error,
    };
    let (cause, hints) = match &explanation.cause {
        Cause::NotSignedIn { message, tenant } => {
            return not_signed_in(error, address, message.as_deref(), tenant.as_deref(), own_tenant);
        }
        Cause::InOtherProject { found } => {
            let places: Vec<String> = found.iter().map(|(project, _)| format!("`{}`", printable(project))).collect();
            let urls: Vec<String> = found
                .iter()
                .take(3)
                .map(|(project, name)| format!("`--url={}`", address.page_of(project, name)))
                .collect();
            let cause = format!("`{repository}` is in project {}, not `{project}`", places.join(" and in "));
            (cause, vec![format!("Use {}.", urls.join(" or "))])
        }
        Cause::NoRepository { near } => {
            let cause = format!("project `{project}` has no repository `{repository}` that this identity may see");
            let make = "If there is none yet, have it made with --create-repository.";
            (cause, meant(near).into_iter().chain([make.to_owned()]).collect())
        }
        Cause::Disabled => {
            let page = address.settings_page("repositories");
            let hint = format!("Enable it under Project settings > Repositories: {page}");
            (format!("repository `{repository}` is disabled"), vec![hint])
        }
        Cause::InMaintenance => (
            format!("Azure DevOps is at work on repository `{repository}`"),
            vec!["Wait until that is over, then run the command again.".to_owned()],
        ),
        Cause::NoProject { near } => {
            let organization = address.organization();
            let cause = format!(
                "project `{project}` does not exist in organisation `{organization}`, or this identity may not see it"
            );
            let member = "Check the spelling, and that this identity is a member of the project; to read, the group Readers is enough.";
            (cause, meant(near).into_iter().chain([member.to_owned()]).collect())
        }
        Cause::MissingScope => ("the token lacks the scope Code (Read)".to_owned(), vec![new_token(address)]),
        Cause::MissingPermission => return missing_permission(error, address, doing),
    };
    error.hints.clear();
    hints.into_iter().fold(error.caused_by(cause), Error::hint)
}

fn meant(near: &[String]) -> Option<String> {
    let names: Vec<String> = near.iter().map(|name| format!("`{}`", printable(name))).collect();
    (!names.is_empty()).then(|| format!("Did you mean {}?", names.join(" or ")))
}

fn new_token(address: &Address) -> String {
    format!("Make a token with the scope Code (Read & write) at {}", address.tokens_page())
}

fn not_signed_in(
    mut error: Error,
    address: &Address,
    message: Option<&str>,
    tenant: Option<&str>,
    own_tenant: Option<&str>,
) -> Error {
    let organization = address.organization();
    error.hints.clear();
    if let (Some(wanted), Some(own)) = (tenant, own_tenant)
        && !own.eq_ignore_ascii_case(wanted)
    {
        return error
            .caused_by(format!(
                "the token is of tenant `{own}`, and organisation `{organization}` belongs to `{wanted}`"
            ))
            .hint(format!(
                "Sign in to the other tenant, as with `az login --tenant {wanted}`, or use a personal access token."
            ));
    }
    let told = message.filter(|message| !message.starts_with("TF400813"));
    let cause = format!("organisation `{organization}` does not know this credential");
    let error = error.caused_by(told.map_or_else(|| cause.clone(), |told| format!("{cause}: {told}")));
    match told.and_then(azure_devops::find) {
        Some(known) => error.hint(known.hint),
        None => error
            .hint(format!("The token has expired, was revoked, or is of another organisation. {}", new_token(address))),
    }
}

/// The identity sees the repository, and git may not do what it wants.
fn missing_permission(mut error: Error, address: &Address, doing: Doing) -> Error {
    let repository = address.repository();
    if doing == Doing::Push {
        let names_it = error.message.contains("TF4010") || error.causes.iter().any(|cause| cause.contains("TF4010"));
        if names_it {
            return error;
        }
        error.hints.clear();
        return error
            .caused_by(format!(
                "`{repository}` can be read, but not pushed to: the token may have the scope Code (Read) alone"
            ))
            .hint(new_token(address));
    }
    error.hints.clear();
    error
        .caused_by(format!("`{repository}` is there, but git may not read it"))
        .hint(format!(
            "Grant this identity Read under Project settings > Repositories > Security: {}",
            address.settings_page("repositories")
        ))
        .hint(
            "A pipeline's own token also needs \"Limit job authorization scope to current project\" and \"Protect access to \
             repositories in YAML pipelines\" to allow it.",
        )
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::domain::error::Kind;

    #[test]
    fn every_cause_has_words_and_a_way_out() {
        let address = Address::of(&"https://dev.azure.com/acme/plattform/_git/fleet".parse().unwrap()).unwrap();
        let tenant = || Some("7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11".to_owned());
        let not_signed_in =
            |message: Option<&str>| Cause::NotSignedIn { message: message.map(str::to_owned), tenant: tenant() };
        let causes = [
            (not_signed_in(None), Doing::Read),
            (not_signed_in(Some("Access Denied: The Personal Access Token used has expired.")), Doing::Read),
            (Cause::InOtherProject { found: vec![("plat form".into(), "fleet".into())] }, Doing::Read),
            (Cause::NoRepository { near: vec!["fleets".into()] }, Doing::Read),
            (Cause::Disabled, Doing::Read),
            (Cause::InMaintenance, Doing::Read),
            (Cause::NoProject { near: vec!["platform".into(), "platforms".into()] }, Doing::Read),
            (Cause::MissingScope, Doing::Read),
            (Cause::MissingPermission, Doing::Read),
            (Cause::MissingPermission, Doing::Push),
        ];
        let mut shown = String::new();
        for (cause, doing) in causes {
            let signed_in_as = (!matches!(cause, Cause::NotSignedIn { .. })).then(|| "Jane".to_owned());
            let explanation = Explanation { signed_in_as, project: None, repository: None, project_id: None, cause };
            let error = Error::new(Kind::GitAccess, "refused").hint("Guess.");
            let error = explained(error, &explanation, &address, doing, None);
            assert_eq!(error.kind, Kind::GitAccess);
            writeln!(shown, "{:?} {doing:?}", explanation.cause).unwrap();
            error.causes.iter().for_each(|cause| writeln!(shown, "  {cause}").unwrap());
            error.hints.iter().for_each(|hint| writeln!(shown, "  > {hint}").unwrap());
        }
        let explanation = Explanation {
            signed_in_as: None,
            project: None,
            repository: None,
            project_id: None,
            cause: not_signed_in(None),
        };
        let error = explained(Error::new(Kind::GitAccess, "no"), &explanation, &address, Doing::Read, Some("b"));
        writeln!(shown, "other tenant\n  {}\n  > {}", error.causes[0], error.hints[0]).unwrap();
        insta::assert_snapshot!(shown);
    }
}
