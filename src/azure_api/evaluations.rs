//! What the policies of a branch say of one pull request: `GET {project}/_apis/policy/evaluations?artifactId=..`.

use serde::Deserialize;
use serde_json::Value;

use super::items::Items;
use super::policies::Kind;
use super::{Address, ApiError, Call, Client};
use crate::domain::server_text::printable;

/// A policy's say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Evaluation {
    /// What kind of policy it is, for people: `Minimum number of reviewers`; a build has its own name.
    pub(crate) name: String,
    /// Whether it keeps the pull request from being completed.
    pub(crate) is_blocking: bool,
    /// `queued`, `running`, `approved`, `rejected`, `broken`, `notApplicable`, or a later word.
    pub(crate) status: String,
    /// The number of the build that it is about.
    pub(crate) build: Option<u64>,
}

impl Evaluation {
    /// Whether it stands in the way of a completion.
    pub(crate) fn blocks(&self) -> bool {
        self.is_blocking && !matches!(self.status.as_str(), "approved" | "notApplicable")
    }
}

#[derive(Deserialize)]
struct Found {
    configuration: Configuration,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    context: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    #[serde(default)]
    is_blocking: bool,
    #[serde(default = "enabled")]
    is_enabled: bool,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    settings: Value,
}

const fn enabled() -> bool {
    true
}

/// What all policies in force say of a pull request of the project with this id.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn of(client: &mut Client, address: &Address, project: &str, id: u64) -> Result<Vec<Evaluation>, ApiError> {
    let artifact = format!("vstfs:///CodeReview/CodeReviewId/{project}/{id}");
    // There is no version of this call that is not a preview.
    let call = Call::to(address.in_project("policy/evaluations")).with("artifactId", &artifact).in_preview(1);
    let found = client.get::<Items<Found>>(&call)?.0;
    Ok(found.into_iter().filter(|found| found.configuration.is_enabled).map(evaluation).collect())
}

fn evaluation(found: Found) -> Evaluation {
    let Configuration { is_blocking, kind, settings, .. } = found.configuration;
    // Builds and status checks have a name of their own among the settings.
    let own = settings["displayName"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    let name = own.or(kind.display_name).unwrap_or(kind.id);
    Evaluation {
        name: printable(&name),
        is_blocking,
        status: printable(found.status.as_deref().unwrap_or("queued")),
        build: found.context.as_ref().and_then(|context| context["buildId"].as_u64()),
    }
}

/// The page of a build.
pub(crate) fn build_page(address: &Address, build: u64) -> String {
    address.build_page(build)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_named_and_blocks_until_it_is_approved() {
        let read = |text: &str| evaluation(serde_json::from_str(text).unwrap());
        let build = read(
            r#"{"configuration":{"id":3,"isBlocking":true,"isEnabled":true,"type":{"id":"b","displayName":"Build"},
            "settings":{"displayName":"validate"}},"status":"rejected","context":{"buildId":77}}"#,
        );
        assert_eq!((build.name.as_str(), build.build, build.blocks()), ("validate", Some(77), true));
        let optional = read(r#"{"configuration":{"isBlocking":false,"type":{"id":"c"}}}"#);
        assert_eq!((optional.name.as_str(), optional.status.as_str(), optional.blocks()), ("c", "queued", false));
        let done = read(r#"{"configuration":{"isBlocking":true,"type":{"id":"c"}},"status":"approved"}"#);
        assert!(!done.blocks());
    }
}
