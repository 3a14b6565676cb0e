//! Waiting for the merge. Git decides; the service explains.

use std::time::{Duration, Instant};

use super::service::{self, State};
use super::unmerged::{not_merged, run_again};
use crate::azure_api::pull_requests::{Status, page};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, PolicyState, ProposalEvent};
use crate::domain::object_id::CommitId;
use crate::execute::outcome::Outcome;
use crate::execute::produced::{Produced, Proposal, SeenRequest};
use crate::execute::writer::Writer;
use crate::git::GitError;
use crate::plan::Propose;

/// How often the branch is looked at, in the first minutes and later.
const LOOKS: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
/// How long the looks are frequent.
const FIRST_MINUTES: Duration = Duration::from_secs(600);
/// How long one look may take.
const ONE_LOOK: Duration = Duration::from_secs(60);
/// How often a completion that git does not show yet is waited for.
const LATE_LOOKS: u32 = 3;

/// What the service's word means for the run.
enum Word {
    /// Nothing to do but wait; these stand in the way.
    Wait(Vec<String>),
    /// It was completed.
    Completed,
    /// It cannot be merged as it is.
    Conflicts,
}

/// Waits until the target branch moves, as long as that is wished. The run's own time stands still meanwhile.
pub(super) async fn await_merge(
    writer: &Writer<'_, '_>,
    step: &Propose,
    produced: &mut Produced,
) -> Result<Outcome, Error> {
    let session = writer.session;
    let Some(mut proposal) = produced.proposal.take() else { return Ok(Outcome::TargetMoved) };
    let _pause = session.limits.pause();
    let (started, mut late) = (Instant::now(), 0);
    if proposal.id.is_none() && !step.wait.is_zero() && proposal.seen.is_none() {
        proposal.seen = Some(SeenRequest::default());
        let nothing = Event::Proposal(ProposalEvent::PullRequestWaiting {
            status: None,
            merge_status: None,
            policies: Vec::new(),
        });
        session.report(nothing);
    }
    let outcome = loop {
        session.go_on()?;
        let blockers = match asked(writer, step, &mut proposal).await? {
            Word::Completed if late < LATE_LOOKS => {
                late += 1;
                Vec::new()
            }
            // Completed, and not there as proposed: it is planned anew.
            Word::Completed => break None,
            Word::Conflicts => {
                // No file counts as proposed any more, so the branch is brought up to the target.
                proposal.files.clear();
                break Some(proposal);
            }
            Word::Wait(blockers) => blockers,
        };
        let left = proposal.wait_ends.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(not_merged(step, &proposal, blockers));
        }
        let pause = if started.elapsed() < FIRST_MINUTES { LOOKS[0] } else { LOOKS[1] };
        tokio::time::sleep(pause.min(left)).await;
        match target(writer, step).await? {
            Some(tip) if tip == Some(step.target_tip) => {}
            Some(_) => break Some(proposal),
            None => tracing::debug!("the target branch could not be looked at"),
        }
    };
    produced.proposal = outcome;
    Ok(Outcome::TargetMoved)
}

/// Asks the service, and tells what is new.
async fn asked(writer: &Writer<'_, '_>, step: &Propose, proposal: &mut Proposal) -> Result<Word, Error> {
    let session = writer.session;
    let repository = writer.worlds.repository()?;
    let Some((id, api)) = proposal.id.zip(repository.api()) else { return Ok(Word::Wait(Vec::new())) };
    let state = match service::look(api, session.limits.apart(ONE_LOOK), id).await {
        Ok(state) => state,
        Err(error) => {
            tracing::debug!(%error, "the service does not tell how the pull request is");
            return Ok(Word::Wait(Vec::new()));
        }
    };
    let seen = seen(&state);
    if proposal.seen.as_ref() != Some(&seen) {
        session.report(Event::Proposal(ProposalEvent::PullRequestWaiting {
            status: Some(seen.status.clone()),
            merge_status: seen.merge_status.clone(),
            policies: seen.policies.clone(),
        }));
    }
    let is_new = proposal.seen.as_ref().is_none_or(|before| before.source_commit != seen.source_commit);
    let conflicted = proposal.seen.as_ref().is_some_and(|before| before.conflicts) && !is_new;
    proposal.seen = Some(seen);
    match state.found.status {
        Status::Abandoned => {
            session.report(Event::Proposal(ProposalEvent::PullRequestAbandoned { by: state.found.closed_by.clone() }));
            Err(abandoned(step, id, state.found.closed_by.as_deref(), &page(api.address(), id)))
        }
        Status::Completed => Ok(Word::Completed),
        // A conflict is answered once for each commit; who does not wait leaves it to the next run.
        _ if state.found.conflicts() && !conflicted && !step.wait.is_zero() => {
            let message = "the pull request conflicts with its target: the branch is brought up to date, and approvals may \
                           have to be given again";
            session.report(Event::Warning { message: message.to_owned() });
            Ok(Word::Conflicts)
        }
        _ => Ok(Word::Wait(service::blockers(&state, api.address()))),
    }
}

fn seen(state: &State) -> SeenRequest {
    let policy = |it: &crate::azure_api::evaluations::Evaluation| PolicyState {
        name: it.name.clone(),
        blocking: it.is_blocking,
        status: it.status.clone(),
    };
    SeenRequest {
        status: state.found.status.as_str().to_owned(),
        merge_status: state.found.merge_status.clone(),
        policies: state.evaluations.iter().map(policy).collect(),
        source_commit: state.found.source_commit.clone(),
        conflicts: state.found.conflicts(),
    }
}

/// Where the target branch is; the outer none where that cannot be found out just now.
async fn target(writer: &Writer<'_, '_>, step: &Propose) -> Result<Option<Option<CommitId>>, Error> {
    let (session, action) = (writer.session, format!("looking at branch `{}`", step.target));
    match writer.worlds.repository()?.tip_apart(&step.target, session.limits.apart(ONE_LOOK)).await {
        Ok(tip) => Ok(Some(tip)),
        Err(error) if error.is_transient() || matches!(error, GitError::Timeout { .. }) => {
            session.report(Event::Retrying { action, reason: error.to_string(), delay: LOOKS[0] });
            Ok(None)
        }
        Err(error) => Err(Error::from(error).hint(run_again(step))),
    }
}

fn abandoned(step: &Propose, id: u64, by: Option<&str>, page: &str) -> Error {
    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
    Error::new(Kind::PushRefused, format!("pull request {id} into `{}` was abandoned{by}", step.target))
        .caused_by(page)
        .hint(format!(
            "If the change is wanted after all, reactivate it on its page, or delete branch `{}` and run the command again.",
            step.source
        ))
}
