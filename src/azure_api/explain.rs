//! Why git was refused, as three questions with the same credential tell it. What cannot be found out is left out: this
//! never fails.

use super::connection::{self, Identity};
use super::projects::{self, Project};
use super::repositories::{self, Repository};
use super::{Address, ApiError, Client};

/// How near a name must be to be a likely slip, from 0 to 1.
const NEAR: f64 = 0.8;
/// The most names that are suggested.
const MOST: usize = 3;

/// What the questions were answered with; later ones are not asked where earlier ones settle it.
#[derive(Debug)]
pub(crate) struct Answers {
    signed_in: Result<Option<Identity>, ApiError>,
    repositories: Option<Result<Vec<Repository>, ApiError>>,
    project: Option<Result<Option<Project>, ApiError>>,
}

impl Answers {
    /// Answers to all questions, for the fuzzer.
    pub(super) fn of(
        signed_in: Result<Option<Identity>, ApiError>,
        repositories: Result<Vec<Repository>, ApiError>,
        project: Result<Option<Project>, ApiError>,
    ) -> Self {
        Self { signed_in, repositories: Some(repositories), project: Some(project) }
    }
}

/// What is behind a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// The name of the identity; none where it is not signed in.
    pub(crate) signed_in_as: Option<String>,
    /// Whether the project can be seen; none where that is not known.
    pub(crate) project: Option<bool>,
    /// Whether the repository can be seen in it; none where that is not known.
    pub(crate) repository: Option<bool>,
    /// The id of the project, where it can be seen.
    pub(crate) project_id: Option<String>,
    /// The cause.
    pub(crate) cause: Cause,
}

/// Why git is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The organisation does not accept the credential.
    NotSignedIn {
        /// In the words of the service.
        message: Option<String>,
        /// The tenant that the organisation belongs to.
        tenant: Option<String>,
    },
    /// A repository of this name is in these projects, and not in the one named.
    InOtherProject {
        /// Each with the repository's name as it is written there.
        found: Vec<(String, String)>,
    },
    /// The project can be seen, and has no such repository.
    NoRepository {
        /// Likely names.
        near: Vec<String>,
    },
    /// The repository was turned off.
    Disabled,
    /// The service is at work on the repository.
    InMaintenance,
    /// The project does not exist, or this identity may not see it.
    NoProject {
        /// Likely names.
        near: Vec<String>,
    },
    /// The token has not the scope Code (Read).
    MissingScope,
    /// Everything can be seen, and git is refused all the same.
    MissingPermission,
}

/// Asks what is needed, at most three questions; the client may allow fewer.
pub(crate) fn ask(client: &mut Client, address: &Address) -> Answers {
    let mut answers = Answers { signed_in: connection::signed_in(client, address), repositories: None, project: None };
    if !matches!(answers.signed_in, Ok(Some(_))) {
        return answers;
    }
    let repositories = repositories::all(client, address);
    let is_shown = repositories.as_ref().is_ok_and(|all| all.iter().any(|it| is(&it.project.name, &address.project())));
    answers.repositories = Some(repositories);
    if !is_shown {
        answers.project = Some(projects::project(client, address));
    }
    answers
}

/// What the answers mean; none where they do not tell.
pub(crate) fn conclude(answers: &Answers, address: &Address) -> Option<Explanation> {
    let identity = match &answers.signed_in {
        Ok(Some(identity)) => identity,
        Ok(None) => return Some(not_signed_in(None, None)),
        Err(error) if error.is_access_denied() => {
            let refusal = error.refusal()?;
            return Some(not_signed_in(refusal.message.clone(), refusal.tenant.clone()));
        }
        Err(_) => return None,
    };
    let explained = |project, repository, cause| {
        let signed_in_as = Some(identity.name.clone());
        Some(Explanation { signed_in_as, project, repository, project_id: project_id(answers, address), cause })
    };
    let project_found = answers.project.as_ref().and_then(|project| project.as_ref().ok()).map(Option::is_some);
    match answers.repositories.as_ref()? {
        Ok(all) => {
            let (project, repository, cause) = among(all, project_found, address);
            explained(project, repository, cause)
        }
        Err(_) if project_found == Some(false) => explained(Some(false), None, Cause::NoProject { near: Vec::new() }),
        Err(error) if error.is_access_denied() => explained(project_found, None, Cause::MissingScope),
        Err(_) => None,
    }
}

fn project_id(answers: &Answers, address: &Address) -> Option<String> {
    let asked = answers.project.as_ref().and_then(|project| project.as_ref().ok()?.as_ref());
    let listed = answers.repositories.as_ref().and_then(|all| all.as_ref().ok()).into_iter().flatten();
    let mut shown = asked.into_iter().chain(listed.map(|repository| &repository.project));
    shown
        .find(|project| asked == Some(*project) || is(&project.name, &address.project()))
        .map(|project| project.id.clone())
}

fn not_signed_in(message: Option<String>, tenant: Option<String>) -> Explanation {
    let cause = Cause::NotSignedIn { message, tenant };
    Explanation { signed_in_as: None, project: None, repository: None, project_id: None, cause }
}

/// What the list of all repositories tells.
fn among(all: &[Repository], project_found: Option<bool>, address: &Address) -> (Option<bool>, Option<bool>, Cause) {
    let (project, name) = (address.project(), address.repository());
    let in_project: Vec<&Repository> = all.iter().filter(|it| is(&it.project.name, &project)).collect();
    if let Some(found) = in_project.iter().find(|it| is(&it.name, &name)) {
        let cause = match found {
            found if found.is_disabled => Cause::Disabled,
            found if found.is_in_maintenance => Cause::InMaintenance,
            _ => Cause::MissingPermission,
        };
        return (Some(true), Some(true), cause);
    }
    let is_visible = !in_project.is_empty() || project_found == Some(true);
    let known =
        if is_visible { Some(true) } else { Some(false).filter(|_| project_found.is_some() || !all.is_empty()) };
    let elsewhere: Vec<(String, String)> =
        all.iter().filter(|it| is(&it.name, &name)).map(|it| (it.project.name.clone(), it.name.clone())).collect();
    let cause = if !elsewhere.is_empty() {
        Cause::InOtherProject { found: elsewhere }
    } else if is_visible {
        Cause::NoRepository { near: near(&name, in_project.iter().map(|it| it.name.as_str())) }
    } else {
        Cause::NoProject { near: near(&project, all.iter().map(|it| it.project.name.as_str())) }
    };
    (known, Some(false), cause)
}

/// The service compares names without case.
fn is(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The names that may have been meant, nearest first.
fn near<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut found: Vec<(f64, &str)> = Vec::new();
    for name in names {
        let nearness = strsim::jaro_winkler(&wanted, &name.to_lowercase());
        if nearness >= NEAR && !found.iter().any(|(_, other)| *other == name) {
            found.push((nearness, name));
        }
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(other.1)));
    found.into_iter().take(MOST).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure_api::Refusal;

    fn address() -> Address {
        Address::of(&"https://dev.azure.com/acme/platform/_git/fleet".parse().unwrap()).unwrap()
    }

    fn repository(project: &str, name: &str) -> Repository {
        let project = Project { id: "p".into(), name: project.into() };
        let id = "r".to_owned();
        Repository {
            id,
            name: name.into(),
            project,
            default_branch: None,
            is_disabled: false,
            is_in_maintenance: false,
        }
    }

    fn refused(status: u16) -> ApiError {
        let refusal = Box::new(Refusal { status, ..Refusal::default() });
        match status {
            401 => ApiError::NotSignedIn { url: "u".into(), refusal },
            500 => ApiError::Busy { url: "u".into(), refusal },
            _ => ApiError::Refused { url: "u".into(), refusal },
        }
    }

    type Repositories = Result<Vec<Repository>, ApiError>;

    fn concluded(repositories: Repositories, project: Option<Result<bool, u16>>) -> Option<Explanation> {
        let jane = Identity { id: "i".into(), name: "Jane".into(), account: None };
        let found = |found: bool| found.then(|| Project { id: "p".into(), name: "platform".into() });
        let project = project.map(|project| project.map(found).map_err(refused));
        let answers = Answers { signed_in: Ok(Some(jane)), repositories: Some(repositories), project };
        conclude(&answers, &address())
    }

    fn cause(repositories: Repositories, project: Option<Result<bool, u16>>) -> Option<Cause> {
        concluded(repositories, project).map(|explanation| explanation.cause)
    }

    #[test]
    fn who_is_not_signed_in_learns_nothing_else() {
        let answers = |signed_in| Answers { signed_in, repositories: None, project: None };
        let told = conclude(&answers(Err(refused(401))), &address()).unwrap();
        assert_eq!(told.cause, Cause::NotSignedIn { message: None, tenant: None });
        assert_eq!(conclude(&answers(Ok(None)), &address()).unwrap().signed_in_as, None);
        assert_eq!(conclude(&answers(Err(refused(500))), &address()), None);
        assert_eq!(conclude(&answers(Err(ApiError::Spent)), &address()), None);
    }

    #[test]
    fn a_repository_that_is_listed_says_what_it_is() {
        let with = |change: fn(&mut Repository)| {
            let mut fleet = repository("Platform", "Fleet");
            change(&mut fleet);
            cause(Ok(vec![fleet]), None).unwrap()
        };
        assert_eq!(with(|_| ()), Cause::MissingPermission);
        assert_eq!(with(|it| it.is_disabled = true), Cause::Disabled);
        assert_eq!(with(|it| it.is_in_maintenance = true), Cause::InMaintenance);
    }

    #[test]
    fn a_repository_that_is_not_listed_may_be_elsewhere_or_spelled_otherwise() {
        let found = vec![("plattform".to_owned(), "fleet".to_owned())];
        let elsewhere = concluded(Ok(vec![repository("plattform", "fleet")]), Some(Ok(false))).unwrap();
        assert_eq!(elsewhere.cause, Cause::InOtherProject { found });
        assert_eq!((elsewhere.project, elsewhere.repository), (Some(false), Some(false)));
        let near = vec![repository("platform", "fleets"), repository("platform", "other"), repository("x", "fleett")];
        assert_eq!(cause(Ok(near), None), Some(Cause::NoRepository { near: vec!["fleets".into()] }));
        assert_eq!(cause(Ok(Vec::new()), Some(Ok(true))), Some(Cause::NoRepository { near: Vec::new() }));
    }

    #[test]
    fn a_project_that_nothing_shows_is_absent_or_hidden() {
        let none =
            |near: &[&str]| Some(Cause::NoProject { near: near.iter().map(|name| (*name).to_owned()).collect() });
        let others = || Ok(vec![repository("platforms", "a"), repository("platforms", "b"), repository("web", "c")]);
        for project in [Ok(false), Err(401), Err(500)] {
            assert_eq!(cause(others(), Some(project)), none(&["platforms"]), "{project:?}");
        }
        assert_eq!(cause(Ok(Vec::new()), Some(Ok(false))), none(&[]));
        assert_eq!(cause(Ok(Vec::new()), Some(Err(401))), none(&[]));
        let unknown = concluded(Ok(Vec::new()), Some(Err(401))).unwrap();
        assert_eq!(unknown.project, None);
    }

    #[test]
    fn a_token_without_the_scope_is_told_from_a_project_that_is_not_there() {
        for status in [401, 403] {
            assert_eq!(cause(Err(refused(status)), Some(Ok(true))), Some(Cause::MissingScope));
            assert_eq!(cause(Err(refused(status)), Some(Err(401))), Some(Cause::MissingScope));
            assert_eq!(cause(Err(refused(status)), Some(Ok(false))), Some(Cause::NoProject { near: Vec::new() }));
        }
        assert_eq!(cause(Err(refused(500)), Some(Ok(true))), None);
    }
}
