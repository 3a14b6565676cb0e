//! The pull request at Azure DevOps: found or made, set to complete by itself, and what became of it.

use std::time::Duration;

use crate::azure_api::evaluations::{self, Evaluation};
use crate::azure_api::pull_requests::{
    AutoComplete, Label, NewPullRequest, PullRequest, Reviewer, Status, WorkItem, between, complete_itself, create,
    get, page,
};
use crate::azure_api::{Address, ApiError, Client};
use crate::domain::backoff::Failure as _;
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::domain::limits::Limits;
use crate::execute::produced::Proposal;
use crate::execute::writer::Writer;
use crate::hints::pull_request::{Asking, failed};
use crate::open::{Api, Session, Worlds};
use crate::plan::{AutoCompletion, Propose, Request};

/// How often it is looked for and made, until it is there.
const TRIES: u32 = 5;
/// The pause between looks at what the service does by itself.
const LOOK: Duration = Duration::from_secs(1);
/// How long the service is given to try the merge, before which it forgets what it was told about completing it.
const MERGE_TRIED: u32 = 60;
/// How long one look may take.
const ONE_LOOK: Duration = Duration::from_secs(60);

/// A pull request that is open.
pub(super) struct Opened {
    pub(super) id: u64,
    pub(super) page: String,
    /// Whether this run made it.
    pub(super) created: bool,
}

/// The pull request, and what its policies say.
pub(super) struct State {
    pub(super) found: PullRequest,
    pub(super) evaluations: Vec<Evaluation>,
}

/// Finds the pull request or makes it, so that runs at the same time make one, and has it complete by itself where that is
/// wished.
pub(super) async fn open(
    writer: &Writer<'_, '_>,
    step: &Propose,
    request: &Request,
    api: &Api,
) -> Result<Opened, Error> {
    let limits = writer.session.limits.clone();
    let (new, branches) = (new(step, request), (step.source.clone(), step.target.clone()));
    let (auto_complete, message) = (request.auto_complete.clone(), request.message.clone());
    writer.session.go_on()?;
    let opened = api.run(limits.clone(), move |client, address| {
        let (found, created) = find_or_make(client, address, (&branches.0, &branches.1), &new, &limits)?;
        let trouble = match auto_complete {
            Some(how) => have_it_complete(client, address, &found, (how, message), &limits).err(),
            None => None,
        };
        Ok((Opened { id: found.id, page: page(address, found.id), created }, trouble))
    });
    let (opened, trouble) = opened.await.map_err(|error| failed(Asking::PullRequests, error, api.address()))?;
    if let Some(trouble) = trouble {
        let message = format!("pull request {} could not be set to complete by itself: {trouble}", opened.id);
        writer.report(Event::Warning { message });
    }
    Ok(opened)
}

fn new(step: &Propose, request: &Request) -> NewPullRequest {
    let reviewers = request.reviewers.iter();
    NewPullRequest {
        source_ref_name: format!("refs/heads/{}", step.source),
        target_ref_name: format!("refs/heads/{}", step.target),
        title: step.title.clone(),
        description: request.description.clone(),
        is_draft: request.draft,
        reviewers: reviewers.map(|it| Reviewer { id: it.id.clone(), is_required: it.required }).collect(),
        work_item_refs: request.work_items.iter().map(|id| WorkItem { id: id.to_string() }).collect(),
        labels: request.labels.iter().map(|name| Label { name: name.clone() }).collect(),
    }
}

/// An answer that got lost may be that of a pull request that was made, so it is looked for before each attempt.
fn find_or_make(
    client: &mut Client,
    address: &Address,
    branches: (&str, &str),
    new: &NewPullRequest,
    limits: &Limits,
) -> Result<(PullRequest, bool), ApiError> {
    let mut last = None;
    for attempt in 0..TRIES {
        if attempt > 0 {
            // The deadline is told by the next call.
            let _ = limits.sleep_blocking(LOOK * attempt);
        }
        if let Some(found) = between(client, address, branches, Status::Active.as_str())?.into_iter().next() {
            return Ok((found, false));
        }
        match create(client, address, new) {
            Ok(Some(made)) => return Ok((made, true)),
            // Another run was first; it is found in the next round.
            Ok(None) => {}
            Err(error) if error.is_transient() => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    let url = address.in_repository("pullrequests");
    let reason = "a pull request between these branches exists, and is not among those that are open".to_owned();
    Err(last.unwrap_or(ApiError::Unreadable { url, reason }))
}

/// Tells the service to complete it. What it is told while the merge is still to be tried it forgets.
fn have_it_complete(
    client: &mut Client,
    address: &Address,
    found: &PullRequest,
    (how, message): (AutoCompletion, String),
    limits: &Limits,
) -> Result<(), ApiError> {
    let mut found = found.clone();
    for _ in 0..MERGE_TRIED {
        if !found.is_queued() || found.completes_itself || found.status != Status::Active {
            break;
        }
        if limits.sleep_blocking(LOOK).is_err() {
            break;
        }
        found = get(client, address, found.id)?;
    }
    if found.completes_itself || found.status != Status::Active {
        return Ok(());
    }
    let AutoCompletion { by, deletes_source, strategy, ignores } = how;
    let how = AutoComplete { by, deletes_source, strategy, ignores, message };
    complete_itself(client, address, found.id, &how).map(drop)
}

/// What the service says of the pull request now. Its own trouble is no failure of the run: git tells what was merged.
pub(super) async fn look(api: &Api, limits: Limits, id: u64) -> Result<State, ApiError> {
    api.run(limits, move |client, address| {
        let found = get(client, address, id)?;
        // Who may not read policies is told nothing of them.
        let evaluations = match found.status {
            Status::Active => evaluations::of(client, address, &found.project, id).unwrap_or_default(),
            _ => Vec::new(),
        };
        Ok(State { found, evaluations })
    })
    .await
}

/// What stands in the way of the completion, for people.
pub(super) fn blockers(state: &State, address: &Address) -> Vec<String> {
    let blocking = state.evaluations.iter().filter(|evaluation| evaluation.blocks());
    let policies = blocking.map(|evaluation| {
        let build = evaluation.build.map(|build| format!(" ({})", evaluations::build_page(address, build)));
        format!("policy \"{}\" is {}{}", evaluation.name, evaluation.status, build.unwrap_or_default())
    });
    let draft = state.found.is_draft.then(|| "it is a draft".to_owned());
    let conflicts = state.found.conflicts().then(|| "it conflicts with the branch that it is for".to_owned());
    draft.into_iter().chain(conflicts).chain(policies).collect()
}

/// Who completed the pull request of a proposal, where the service tells.
pub(crate) async fn completed_by(session: &Session<'_>, worlds: &Worlds, proposal: &Proposal) -> Option<String> {
    let (id, api) = (proposal.id?, worlds.repository.as_ref()?.api()?);
    let found = api.run(session.limits.within(ONE_LOOK), move |client, address| get(client, address, id)).await;
    found.ok().filter(|found| found.status == Status::Completed)?.closed_by
}
