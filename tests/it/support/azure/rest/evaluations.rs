//! What policies say of pull requests. What people and builds have said stands in a file of the repository.

use serde_json::{Value, json};

use super::ids::guid;
use super::policies::{Policy, configured};
use super::pull_requests::stored;
use super::repositories::Found;
use super::{Call, Response, errors};

/// What was said, by the policies' numbers.
fn said(found: &Found) -> Value {
    let text = fs_err::read_to_string(found.folder.join("evaluations.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// What the policies of a repository say of a pull request now.
pub(super) fn of(found: &Found, request: &Value) -> Vec<Value> {
    let states = said(found);
    let evaluation = |policy: Value| {
        let said = &states[policy["id"].to_string()];
        json!({
            "evaluationId": guid(&policy["id"].to_string()),
            "status": said["status"].as_str().unwrap_or_else(|| by_itself(&policy, request)),
            "context": said["context"],
            "configuration": policy,
        })
    };
    configured(found).into_iter().map(evaluation).collect()
}

/// What a policy says while nobody has said anything.
fn by_itself(policy: &Value, request: &Value) -> &'static str {
    let has_items = request["workItemRefs"].as_array().is_some_and(|items| !items.is_empty());
    match policy["type"]["id"].as_str() {
        Some(id) if id == Policy::WORK_ITEMS.id => {
            if has_items {
                "approved"
            } else {
                "rejected"
            }
        }
        // It is held against how the pull request is completed.
        Some(id) if id == Policy::MERGE_STRATEGY.id => "approved",
        _ => "queued",
    }
}

/// Whether an evaluation stands in the way of the completion.
pub(super) fn blocks(evaluation: &Value) -> bool {
    evaluation["configuration"]["isBlocking"] == true && evaluation["status"] != "approved"
}

/// A push to the source branch takes back what was said of policies that are set so.
pub(super) fn reset(found: &Found) {
    let mut states = said(found);
    for policy in configured(found) {
        let number = policy["id"].to_string();
        if policy["settings"]["resetOnSourcePush"] == true && !states[&number].is_null() {
            states[number]["status"] = "queued".into();
        }
    }
    if !states.is_null() {
        fs_err::write(found.folder.join("evaluations.json"), states.to_string()).unwrap();
    }
}

/// Whether the policies let a pull request be merged in this way.
pub(super) fn allows(found: &Found, strategy: &str) -> bool {
    let setting = match strategy {
        "squash" => "allowSquash",
        "rebase" => "allowRebase",
        "rebaseMerge" => "allowRebaseMerge",
        _ => "allowNoFastForward",
    };
    let about = |policy: &Value| policy["type"]["id"] == Policy::MERGE_STRATEGY.id;
    configured(found).iter().filter(|policy| about(policy)).all(|policy| policy["settings"][setting] == true)
}

/// `GET {project}/_apis/policy/evaluations`
pub(super) fn list(call: &Call<'_>) -> Response {
    if !call.identity.has_scope("vso.code") {
        return errors::no_scope();
    }
    let artifact = call.query("artifactId").unwrap_or_default();
    let Some((project, id)) =
        artifact.strip_prefix("vstfs:///CodeReview/CodeReviewId/").and_then(|it| it.split_once('/'))
    else {
        return errors::error(400, "InvalidArgumentValueException", "The artifact is not known.");
    };
    let is_asked = |it: &Value| it["pullRequestId"].as_u64().is_some_and(|found| found.to_string() == id);
    let of_project = super::repositories::visible(call).into_iter().filter(|found| found.project.id() == project);
    let found = of_project.into_iter().find_map(|found| {
        let request = stored(&found.folder).into_iter().find(is_asked)?;
        Some((found, request))
    });
    match found {
        Some((found, request)) => super::list(of(&found, &request)),
        None => {
            errors::error(404, "GitPullRequestNotFoundException", "TF401180: The requested pull request was not found.")
        }
    }
}
