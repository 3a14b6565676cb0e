//! Pull requests over the real repository: merges are tried and made by git. They stand in a file of the repository.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::ids::guid;
use super::repositories::{Found, find, git};
use super::{Call, Response, errors, evaluations};
use crate::support::azure::completion::{Strategy, complete};

/// One change of the file at a time.
static FILE: Mutex<()> = Mutex::new(());

/// The pull requests of a repository, as its file has them.
pub(crate) fn stored(folder: &Path) -> Vec<Value> {
    let text = fs_err::read_to_string(folder.join("pull-requests.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Changes the file under a lock.
pub(crate) fn change<T>(folder: &Path, work: impl FnOnce(&mut Vec<Value>) -> T) -> T {
    let _one: MutexGuard<'_, ()> = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all = stored(folder);
    let result = work(&mut all);
    let temporary = folder.join("pull-requests.new");
    fs_err::write(&temporary, Value::from(all).to_string()).unwrap();
    fs_err::rename(&temporary, folder.join("pull-requests.json")).unwrap();
    result
}

fn refused(call: &Call<'_>, scope: &str) -> Result<Found, Response> {
    if !call.identity.has_scope(scope) {
        return Err(errors::no_scope());
    }
    find(call, &call.place.area[2]).ok_or_else(|| errors::no_repository(&call.place.area[2]))
}

/// `GET .../pullrequests`
pub(super) fn list(call: &Call<'_>) -> Response {
    let found = match refused(call, "vso.code") {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    let wanted = |name: &str| call.query(&format!("searchCriteria.{name}"));
    let (source, target) = (wanted("sourceRefName"), wanted("targetRefName"));
    let status = wanted("status").unwrap_or_else(|| "active".to_owned());
    let status = status.parse().ok().and_then(|number: usize| STATES.get(number)).map_or(status.as_str(), |word| word);
    let is = |value: &Value, wanted: &Option<String>| wanted.as_ref().is_none_or(|wanted| value == wanted.as_str());
    let mut all = change(&found.folder, |all| {
        all.iter_mut().for_each(|request| settle(&found, request));
        all.clone()
    });
    all.retain(|request| {
        is(&request["sourceRefName"], &source)
            && is(&request["targetRefName"], &target)
            && (status == "all" || request["status"] == status)
    });
    all.reverse();
    super::list(all)
}

/// `POST .../pullrequests`
pub(super) fn create(call: &Call<'_>) -> Response {
    let found = match refused(call, "vso.code_write") {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    if !call.identity.may("PullRequestContribute") {
        return errors::no_permission(call, "PullRequestContribute", "repository");
    }
    let body = call.body();
    let (source, target) = (body["sourceRefName"].clone(), body["targetRefName"].clone());
    for branch in [&source, &target] {
        if git(&found.folder, &["rev-parse", "--verify", "--quiet", branch.as_str().unwrap_or_default()]).is_none() {
            let text = "TF401398: The pull request cannot be activated because the source and/or the target branch no longer exists.";
            return errors::error(400, "GitPullRequestCannotBeActivated", text);
        }
    }
    let description = body["description"].as_str().unwrap_or_default();
    if description.encode_utf16().count() > 4000 {
        let text = "Invalid argument value.\nParameter name: A description for a pull request must not be longer than 4000 characters.";
        return errors::error(400, "InvalidArgumentValueException", text);
    }
    change(&found.folder, |all| {
        all.iter_mut().for_each(|request| settle(&found, request));
        let is_open =
            |it: &&Value| it["status"] == "active" && it["sourceRefName"] == source && it["targetRefName"] == target;
        if all.iter().any(|it| is_open(&it)) {
            let text = "TF401179: An active pull request for the source and target branch already exists.";
            return errors::error(409, "GitPullRequestExistsException", text);
        }
        let request = new(call, &found, all.len() + 1, &body);
        all.push(request.clone());
        super::json(201, &request)
    })
}

fn new(call: &Call<'_>, found: &Found, id: usize, body: &Value) -> Value {
    let reviewers = body["reviewers"].as_array().cloned().unwrap_or_default();
    let mut request = json!({
        "repository": found.json(call),
        "pullRequestId": id,
        "codeReviewId": id,
        "status": "active",
        "createdBy": {"id": guid(&call.identity.name), "displayName": call.identity.name},
        "creationDate": "2026-01-01T00:00:00Z",
        "title": body["title"],
        "description": body["description"],
        "sourceRefName": body["sourceRefName"],
        "targetRefName": body["targetRefName"],
        // The merge is tried a little later.
        "mergeStatus": "queued",
        "isDraft": body["isDraft"].as_bool().unwrap_or_default(),
        "reviewers": reviewers,
        "labels": body["labels"],
        "workItemRefs": body["workItemRefs"],
        "supportsIterations": true,
    });
    note_commits(found, &mut request);
    request
}

fn note_commits(found: &Found, request: &mut Value) {
    for (field, branch) in [("lastMergeSourceCommit", "sourceRefName"), ("lastMergeTargetCommit", "targetRefName")] {
        let branch = request[branch].as_str().unwrap_or_default().to_owned();
        if let Some(commit) = git(&found.folder, &["rev-parse", "--verify", "--quiet", &branch]) {
            request[field] = json!({ "commitId": commit });
        }
    }
}

/// What has happened meanwhile: a push starts the merge anew, a merge is tried, and what may complete by itself does.
fn settle(found: &Found, request: &mut Value) {
    if request["status"] != "active" {
        return;
    }
    let before = request["lastMergeSourceCommit"].clone();
    let target = request["lastMergeTargetCommit"].clone();
    note_commits(found, request);
    if request["lastMergeSourceCommit"] != before || request["lastMergeTargetCommit"] != target {
        request["mergeStatus"] = "queued".into();
        if request["lastMergeSourceCommit"] != before {
            evaluations::reset(found);
        }
        return;
    }
    let commit = |field: &str| request[field]["commitId"].as_str().unwrap_or_default().to_owned();
    let (source, target) = (commit("lastMergeSourceCommit"), commit("lastMergeTargetCommit"));
    let merged = git(&found.folder, &["merge-tree", "--write-tree", "--allow-unrelated-histories", &target, &source]);
    request["mergeStatus"] = if merged.is_some() { "succeeded" } else { "conflicts" }.into();
    let is_set = request["autoCompleteSetBy"].is_object() && request["isDraft"] != true;
    if merged.is_some() && is_set && evaluations::of(found, request).iter().all(|it| !evaluations::blocks(it)) {
        let by = request["autoCompleteSetBy"].clone();
        finish(found, request, &by);
    }
}

/// Completes: merges by git, and deletes the source branch where that is wished.
fn finish(found: &Found, request: &mut Value, by: &Value) {
    let asked = request["completionOptions"]["mergeStrategy"].as_str().unwrap_or("noFastForward");
    if !evaluations::allows(found, asked) {
        request["mergeStatus"] = "rejectedByPolicy".into();
        return;
    }
    let strategy = match asked {
        "squash" => Strategy::Squash,
        "rebase" => Strategy::Rebase,
        _ => Strategy::NoFastForward,
    };
    let name = |field: &str| request[field].as_str().unwrap_or_default().trim_start_matches("refs/heads/").to_owned();
    let (source, target) = (name("sourceRefName"), name("targetRefName"));
    if let Ok(tip) = complete(&found.folder, &source, &target, strategy) {
        request["status"] = "completed".into();
        request["lastMergeCommit"] = json!({ "commitId": tip });
        request["closedBy"] = by.clone();
        if request["completionOptions"]["deleteSourceBranch"] == true {
            let _ = git(&found.folder, &["update-ref", "-d", &format!("refs/heads/{source}")]);
        }
    }
}

/// `GET .../pullrequests/{id}`
pub(super) fn one(call: &Call<'_>) -> Response {
    let found = match refused(call, "vso.code") {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    with_one(call, &found, |request| {
        settle(&found, request);
        super::json(200, request)
    })
}

/// Words of the API, by the numbers that clients may send in their place.
const STATES: [&str; 5] = ["notSet", "active", "abandoned", "completed", "all"];
const STRATEGIES: [&str; 5] = ["", "noFastForward", "squash", "rebase", "rebaseMerge"];

fn spell_out(value: &mut Value, words: &[&str]) {
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    if let Some(word) = number.and_then(|number| words.get(number)) {
        *value = (*word).into();
    }
}

/// `PATCH .../pullrequests/{id}`
pub(super) fn update(call: &Call<'_>) -> Response {
    let found = match refused(call, "vso.code_write") {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    if !call.identity.may("PullRequestContribute") {
        return errors::no_permission(call, "PullRequestContribute", "repository");
    }
    let mut body = call.body();
    spell_out(&mut body["status"], &STATES);
    spell_out(&mut body["completionOptions"]["mergeStrategy"], &STRATEGIES);
    with_one(call, &found, |request| {
        let me = json!({"id": guid(&call.identity.name), "displayName": call.identity.name});
        // While the merge is queued the service forgets what it is told about completing.
        if body["autoCompleteSetBy"].is_object() && request["mergeStatus"] != "queued" {
            request["autoCompleteSetBy"] = me.clone();
            request["completionOptions"] = body["completionOptions"].clone();
        }
        match body["status"].as_str() {
            Some("abandoned") => {
                request["status"] = "abandoned".into();
                request["closedBy"] = me;
            }
            Some("completed") => {
                request["completionOptions"] = body["completionOptions"].clone();
                finish(&found, request, &me);
            }
            _ => settle(&found, request),
        }
        super::json(200, request)
    })
}

fn with_one(call: &Call<'_>, found: &Found, work: impl FnOnce(&mut Value) -> Response) -> Response {
    let id: Option<u64> = call.place.area.get(4).and_then(|id| id.parse().ok());
    change(&found.folder, |all| match all.iter_mut().find(|it| it["pullRequestId"].as_u64() == id) {
        Some(request) => work(request),
        None => {
            let text = "TF401180: The requested pull request was not found.";
            errors::error(404, "GitPullRequestNotFoundException", text)
        }
    })
}
