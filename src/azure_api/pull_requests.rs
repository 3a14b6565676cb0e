//! Pull requests: those of a branch, one, a new one, and how one completes by itself.
//!
//! `GET|POST {project}/_apis/git/repositories/{repository}/pullrequests`, `GET|PATCH .../pullrequests/{id}`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::items::Items;
use super::{Address, ApiError, Call, Client};
use crate::domain::server_text::printable;

/// The most characters that the service takes for a description.
pub(crate) const LONGEST_DESCRIPTION: usize = 4000;

/// What the service calls a merge that it has not tried yet.
const QUEUED: &str = "queued";

/// A pull request as the service has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PullRequest {
    /// The number that people know it by.
    pub(crate) id: u64,
    /// The project's id, by which its policies are asked for.
    pub(crate) project: String,
    /// Whether it is open.
    pub(crate) status: Status,
    /// What a merge would come to: `queued`, `succeeded`, `conflicts`, `rejectedByPolicy`, `failure`, or a later word.
    pub(crate) merge_status: Option<String>,
    /// Whether it is marked as not ready.
    pub(crate) is_draft: bool,
    /// The commit of the source branch that was last looked at.
    pub(crate) source_commit: Option<String>,
    /// Who completed or abandoned it, for people.
    pub(crate) closed_by: Option<String>,
    /// Somebody has set it to complete by itself.
    pub(crate) completes_itself: bool,
}

/// Whether a pull request is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Neither completed nor abandoned.
    Active,
    /// Closed without a merge.
    Abandoned,
    /// Merged.
    Completed,
    /// A word of a later version.
    Other,
}

impl Status {
    /// The service's word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Abandoned => "abandoned",
            Self::Completed => "completed",
            Self::Other => "notSet",
        }
    }

    fn read(word: &str) -> Self {
        let known = [Self::Active, Self::Abandoned, Self::Completed];
        known.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(word)).unwrap_or(Self::Other)
    }
}

impl PullRequest {
    /// Whether the service has yet to try the merge.
    pub(crate) fn is_queued(&self) -> bool {
        self.merge_status.as_deref().is_none_or(|status| status.eq_ignore_ascii_case(QUEUED) || status == "notSet")
    }

    /// Whether the branches cannot be merged as they are.
    pub(crate) fn conflicts(&self) -> bool {
        self.merge_status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("conflicts"))
    }
}

/// What a pull request is made of.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewPullRequest {
    /// With `refs/heads/`.
    pub(crate) source_ref_name: String,
    /// With `refs/heads/`.
    pub(crate) target_ref_name: String,
    /// One line.
    pub(crate) title: String,
    /// Markdown, of at most [`LONGEST_DESCRIPTION`] characters.
    pub(crate) description: String,
    /// Whether it is not ready yet.
    pub(crate) is_draft: bool,
    /// Who is asked for a review.
    pub(crate) reviewers: Vec<Reviewer>,
    /// What it is for.
    pub(crate) work_item_refs: Vec<WorkItem>,
    /// Words to find it by.
    pub(crate) labels: Vec<Label>,
}

/// Somebody who is asked for a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reviewer {
    /// The identity's id: a GUID.
    pub(crate) id: String,
    /// Whether it cannot be completed without this approval.
    pub(crate) is_required: bool,
}

/// A work item, by its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct WorkItem {
    /// As text, which is how the service takes it.
    pub(crate) id: String,
}

/// A label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Label {
    /// Its text.
    pub(crate) name: String,
}

/// How a pull request completes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AutoComplete {
    /// In whose name: an identity's id.
    pub(crate) by: String,
    /// Whether the source branch is deleted then.
    pub(crate) deletes_source: bool,
    /// `squash`, `noFastForward`, `rebase` or `rebaseMerge`; none leaves it to the service and its policies.
    pub(crate) strategy: Option<String>,
    /// Policies that are not blocking, by number; it would wait for those too.
    pub(crate) ignores: Vec<u64>,
    /// The message of the commit that it makes.
    pub(crate) message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    pull_request_id: u64,
    repository: OfRepository,
    status: String,
    #[serde(default)]
    merge_status: Option<String>,
    #[serde(default)]
    is_draft: bool,
    #[serde(default)]
    last_merge_source_commit: Option<Commit>,
    #[serde(default)]
    closed_by: Option<Person>,
    #[serde(default)]
    auto_complete_set_by: Option<Value>,
}

#[derive(Deserialize)]
struct OfRepository {
    project: OfProject,
}

#[derive(Deserialize)]
struct OfProject {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commit {
    commit_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    unique_name: Option<String>,
}

impl From<Found> for PullRequest {
    fn from(found: Found) -> Self {
        let name = |person: Person| person.display_name.or(person.unique_name).map(|name| printable(&name));
        Self {
            id: found.pull_request_id,
            project: found.repository.project.id,
            status: Status::read(&found.status),
            merge_status: found.merge_status.map(|status| printable(&status)),
            is_draft: found.is_draft,
            source_commit: found.last_merge_source_commit.map(|commit| commit.commit_id),
            closed_by: found.closed_by.and_then(name),
            completes_itself: found.auto_complete_set_by.is_some_and(|by| !by.is_null()),
        }
    }
}

/// The pull requests from one branch to another, newest first; branches are without `refs/heads/`. Takes the scope `vso.code`.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn between(
    client: &mut Client,
    address: &Address,
    (source, target): (&str, &str),
    status: &str,
) -> Result<Vec<PullRequest>, ApiError> {
    let call = Call::to(address.in_repository("pullrequests"))
        .with("searchCriteria.sourceRefName", &format!("refs/heads/{source}"))
        .with("searchCriteria.targetRefName", &format!("refs/heads/{target}"))
        .with("searchCriteria.status", status);
    let mut found: Vec<PullRequest> = client.get::<Items<Found>>(&call)?.0.into_iter().map(PullRequest::from).collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.id));
    Ok(found)
}

/// One pull request.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn get(client: &mut Client, address: &Address, id: u64) -> Result<PullRequest, ApiError> {
    client.get::<Found>(&Call::to(one(address, id))).map(PullRequest::from)
}

/// Makes a pull request; none where there is an active one between the branches. Takes the scope `vso.code_write` and the
/// permission to contribute to pull requests.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn create(
    client: &mut Client,
    address: &Address,
    new: &NewPullRequest,
) -> Result<Option<PullRequest>, ApiError> {
    match client.post::<Found>(&Call::to(address.in_repository("pullrequests")), new) {
        Ok(made) => Ok(Some(made.into())),
        Err(error) if exists(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether another run was first (TF401179).
fn exists(error: &ApiError) -> bool {
    let Some(refusal) = error.refusal() else { return false };
    refusal.is("GitPullRequestExistsException")
        || refusal.message.as_deref().is_some_and(|message| message.contains("TF401179"))
}

/// Sets a pull request to complete by itself as soon as its policies let it. The service forgets this where the merge is
/// still [`PullRequest::is_queued`].
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn complete_itself(
    client: &mut Client,
    address: &Address,
    id: u64,
    how: &AutoComplete,
) -> Result<PullRequest, ApiError> {
    client.patch::<Found>(&Call::to(one(address, id)), &auto_complete(how)).map(PullRequest::from)
}

fn auto_complete(how: &AutoComplete) -> Value {
    let mut options = json!({
        "deleteSourceBranch": how.deletes_source,
        "transitionWorkItems": false,
        "mergeCommitMessage": how.message,
        "autoCompleteIgnoreConfigIds": how.ignores,
    });
    if let Some(strategy) = &how.strategy {
        options["mergeStrategy"] = json!(strategy);
    }
    json!({ "autoCompleteSetBy": { "id": how.by }, "completionOptions": options })
}

fn one(address: &Address, id: u64) -> String {
    address.in_repository(&format!("pullrequests/{id}"))
}

/// The page of a pull request.
pub(crate) fn page(address: &Address, id: u64) -> String {
    format!("{}/pullrequest/{id}", address.page())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PullRequest {
        serde_json::from_str::<Found>(text).unwrap().into()
    }

    #[test]
    fn a_pull_request_is_read_as_far_as_it_matters() {
        let open = read(
            r#"{"pullRequestId":22,"repository":{"id":"r","project":{"id":"p","name":"platform"}},"status":"active",
            "mergeStatus":"queued","isDraft":true,"lastMergeSourceCommit":{"commitId":"ab"},"createdBy":{"id":"i"}}"#,
        );
        assert_eq!((open.id, open.project.as_str(), open.status), (22, "p", Status::Active));
        assert!(open.is_queued() && !open.conflicts() && open.is_draft && !open.completes_itself);
        assert_eq!(open.source_commit.as_deref(), Some("ab"));
        let closed = read(
            r#"{"pullRequestId":1,"repository":{"project":{"id":"p"}},"status":"abandoned","mergeStatus":"conflicts",
            "closedBy":{"displayName":"Jane\u001b[1m"},"autoCompleteSetBy":{"id":"i"}}"#,
        );
        assert_eq!((closed.status, closed.closed_by.as_deref()), (Status::Abandoned, Some("Jane\\u{1b}[1m")));
        assert!(closed.conflicts() && !closed.is_queued() && closed.completes_itself);
        assert_eq!(
            read(r#"{"pullRequestId":1,"repository":{"project":{"id":"p"}},"status":"new"}"#).status,
            Status::Other
        );
    }

    #[test]
    fn completing_itself_leaves_the_strategy_to_the_service() {
        let how = AutoComplete {
            by: "me".into(),
            deletes_source: true,
            strategy: None,
            ignores: vec![7],
            message: "m".into(),
        };
        let sent = auto_complete(&how);
        assert_eq!(sent["autoCompleteSetBy"]["id"], "me");
        let options = &sent["completionOptions"];
        assert_eq!((&options["mergeStrategy"], &options["autoCompleteIgnoreConfigIds"]), (&Value::Null, &json!([7])));
        let sent = auto_complete(&AutoComplete { strategy: Some("squash".into()), ..how });
        assert_eq!(sent["completionOptions"]["mergeStrategy"], "squash");
    }
}
