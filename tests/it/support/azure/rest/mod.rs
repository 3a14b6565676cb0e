//! The service's REST API over the real repositories: who asks, where, and what the answer is made of.
//!
//! Routes, fields and errors are those of the published API.

mod connection;
pub(super) mod errors;
mod evaluations;
mod identities;
mod ids;
mod locations;
mod permissions;
mod policies;
mod projects;
pub(super) mod pull_requests;
mod repositories;
mod versions;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::Shared;
use super::http::{Request, Response};
use super::identity::Identity;
pub(crate) use policies::Policy;

/// What can be asked of the API.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Rest {
    /// `OPTIONS _apis`: where everything is.
    Locations,
    /// Which areas are at other addresses.
    Areas,
    /// `_apis/connectionData`
    Connection,
    /// `_apis/projects` and `_apis/projects/{project}`
    Project,
    /// `_apis/git/repositories` of the organisation or of a project.
    Repositories,
    /// One repository.
    Repository,
    /// `POST _apis/git/repositories`
    CreateRepository,
    /// `PATCH` of a repository.
    ChangeRepository,
    /// `_apis/permissions/{namespace}/{bit}`
    Permissions,
    /// `_apis/git/policy/configurations`
    Policies,
    /// `GET .../pullrequests`
    PullRequests,
    /// `POST .../pullrequests`
    CreatePullRequest,
    /// `GET .../pullrequests/{id}`
    PullRequest,
    /// `PATCH .../pullrequests/{id}`
    ChangePullRequest,
    /// `_apis/policy/evaluations`
    Evaluations,
    /// `_apis/identities`
    Identities,
    /// Anything else below `_apis`.
    Unknown,
}

/// A parsed address of the API.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) organisation: String,
    /// The project, where the address names one before `_apis`.
    pub(super) project: Option<String>,
    /// What follows `_apis`.
    pub(super) area: Vec<String>,
}

/// One call, by somebody who is signed in.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) request: &'a Request,
    pub(super) place: &'a Place,
    pub(super) identity: &'a Identity,
}

/// Reads host and path. `None` for what is no address of the API.
pub(super) fn parse(host: &str, path: &str) -> Option<Place> {
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let segments: Vec<String> = path.trim_matches('/').split('/').map(decoded).collect();
    let marker = segments.iter().position(|segment| segment.eq_ignore_ascii_case("_apis"))?;
    let (mut before, area) = (&segments[..marker], segments[marker + 1..].to_vec());
    let organisation = match host.strip_suffix(".visualstudio.com") {
        Some(organisation) => {
            if before.first().is_some_and(|first| first.eq_ignore_ascii_case("DefaultCollection")) {
                before = &before[1..];
            }
            organisation.to_owned()
        }
        None => {
            // On premises: a virtual folder comes before the collection.
            if before.len() > 1 && before[0].eq_ignore_ascii_case("tfs") {
                before = &before[1..];
            }
            let (organisation, others) = before.split_first()?;
            before = others;
            organisation.clone()
        }
    };
    Some(Place { organisation, project: before.first().cloned(), area })
}

/// What a request wants of the API.
pub(super) fn wanted(method: &str, place: &Place) -> Rest {
    let area: Vec<String> = place.area.iter().map(|part| part.to_lowercase()).collect();
    let area: Vec<&str> = area.iter().map(String::as_str).collect();
    match (method, area.as_slice()) {
        ("OPTIONS", _) => Rest::Locations,
        ("GET", ["resourceareas", ..]) => Rest::Areas,
        ("GET", ["connectiondata"]) => Rest::Connection,
        ("GET", ["projects"] | ["projects", _]) => Rest::Project,
        ("GET", ["git", "repositories"]) => Rest::Repositories,
        ("POST", ["git", "repositories"]) => Rest::CreateRepository,
        ("GET", ["git", "repositories", _]) => Rest::Repository,
        ("PATCH", ["git", "repositories", _]) => Rest::ChangeRepository,
        ("GET", ["permissions", _, _]) => Rest::Permissions,
        ("GET", ["git", "policy", "configurations"]) => Rest::Policies,
        ("GET", ["git", "repositories", _, "pullrequests"]) => Rest::PullRequests,
        ("POST", ["git", "repositories", _, "pullrequests"]) => Rest::CreatePullRequest,
        ("GET", ["git", "repositories", _, "pullrequests", _]) => Rest::PullRequest,
        ("PATCH", ["git", "repositories", _, "pullrequests", _]) => Rest::ChangePullRequest,
        ("GET", ["policy", "evaluations"]) => Rest::Evaluations,
        ("GET", ["identities"]) => Rest::Identities,
        _ => Rest::Unknown,
    }
}

/// The right answer to somebody who is signed in.
pub(super) fn answer(call: &Call<'_>, wanted: Rest) -> Response {
    if let Some(refused) = versions::refuse(call, wanted) {
        return refused;
    }
    let response = match wanted {
        Rest::Locations => locations::all(),
        Rest::Areas => json(200, &serde_json::json!({"count": 0, "value": null})),
        Rest::Connection => connection::data(call),
        Rest::Project => projects::answer(call),
        Rest::Repositories => repositories::list(call),
        Rest::Repository => repositories::one(call),
        Rest::CreateRepository => repositories::create(call),
        Rest::ChangeRepository => repositories::change(call),
        Rest::Permissions => permissions::answer(call),
        Rest::Policies => policies::list(call),
        Rest::PullRequests => pull_requests::list(call),
        Rest::CreatePullRequest => pull_requests::create(call),
        Rest::PullRequest => pull_requests::one(call),
        Rest::ChangePullRequest => pull_requests::update(call),
        Rest::Evaluations => evaluations::list(call),
        Rest::Identities => identities::find(call),
        Rest::Unknown => errors::no_route(call),
    };
    dressed(call.shared, response)
}

/// What is around an answer, right or wrong: a byte order mark, a request to slow down.
fn dressed(shared: &Shared, mut response: Response) -> Response {
    let behaviour = shared.behaviour.lock().unwrap();
    if behaviour.byte_order_mark {
        response.body.splice(0..0, *b"\xef\xbb\xbf");
    }
    match behaviour.slow_down {
        Some(seconds) if response.status == 200 => response.with("Retry-After", &seconds.to_string()),
        _ => response,
    }
}

/// An answer in JSON.
pub(super) fn json(status: u16, value: &Value) -> Response {
    Response::new(status, "application/json; charset=utf-8; api-version=7.1", value.to_string())
}

/// A list, as the API gives it.
pub(super) fn list(values: Vec<Value>) -> Response {
    json(200, &serde_json::json!({"count": values.len(), "value": values}))
}

impl Call<'_> {
    /// A value of the query, decoded.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let pairs = self.request.query().split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned())
    }

    /// The request's body, or null.
    pub(super) fn body(&self) -> Value {
        serde_json::from_slice(&self.request.body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn every_spelling_leads_to_the_same_place() {
        for (host, path) in [
            ("dev.azure.com", "/acme/platform/_apis/git/repositories"),
            ("acme.visualstudio.com", "/DefaultCollection/platform/_apis/git/repositories"),
            ("localhost:8080", "/tfs/acme/platform/_apis/git/repositories/"),
        ] {
            let place = parse(host, path).unwrap();
            assert_eq!(
                (place.organisation.as_str(), place.project.as_deref()),
                ("acme", Some("platform")),
                "{host}{path}"
            );
            assert_eq!(place.area, ["git", "repositories"]);
        }
        assert_eq!(parse("dev.azure.com", "/acme/_apis").unwrap().area, Vec::<String>::new());
        assert_eq!(parse("dev.azure.com", "/acme/platform/_git/fleet"), None);
    }
}
