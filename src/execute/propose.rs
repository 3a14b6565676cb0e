//! A change is put on a branch of its own, and its merge is waited for. Whether it was merged git alone tells: the branch
//! that the cluster follows moves, and the run looks at it again.

use std::time::{Duration, Instant};

use super::Outcome;
use super::commit::{Attempt, push};
use super::produced::{Produced, Proposal};
use super::writer::Writer;
use crate::domain::compare_page::compare_page;
use crate::domain::error::{Error, Kind};
use crate::domain::event::Event;
use crate::domain::object_id::CommitId;
use crate::git::GitError;
use crate::plan::Propose;

/// How often the branch is looked at, in the first minutes and later.
const LOOKS: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
/// How long the looks are frequent.
const FIRST_MINUTES: Duration = Duration::from_secs(600);
/// How long one look may take.
const ONE_LOOK: Duration = Duration::from_secs(60);

/// Puts the change on its branch unless it is there, then waits as long as that is wished.
///
/// # Errors
/// The push, or that the target branch does not hold the change when the wait is over.
pub(super) async fn propose(
    writer: &Writer<'_, '_>,
    step: &Propose,
    produced: &mut Produced,
) -> Result<Outcome, Error> {
    let mut said = Vec::new();
    if let Some(commit) = &step.commit {
        match push(writer, commit, produced).await? {
            Attempt::Unsettled(moved) => return Ok(Outcome::Moved(Box::new(moved.beside()))),
            Attempt::Arrived(_) => {
                said = writer.worlds.repository()?.run(|remote| remote.server_messages().to_vec()).await;
            }
        }
    } else if produced.proposal.is_none() {
        writer.account.add(format!("branch `{}` holds the change already", step.source));
    }
    let proposal = proposed(writer, step, &said, produced);
    if step.wait.is_zero() {
        return Err(not_merged(step, &proposal));
    }
    await_merge(writer, step, &proposal).await
}

/// Tells what is proposed where that is new; the wait goes on where there was one.
fn proposed(writer: &Writer<'_, '_>, step: &Propose, said: &[String], produced: &mut Produced) -> Proposal {
    let before = produced.proposal.take();
    let is_new = step.commit.is_some() || before.is_none();
    let page = compare_page(&step.url, said, &step.source, &step.target);
    let proposal = Proposal {
        files: step.files.clone(),
        page: before.as_ref().filter(|_| said.is_empty()).and_then(|before| before.page.clone()).or(page),
        wait_ends: before.map_or_else(|| later(step.wait), |before| before.wait_ends),
    };
    if is_new {
        writer.report(Event::PullRequestProposed {
            source: step.source.clone(),
            target: step.target.clone(),
            url: proposal.page.clone(),
        });
        if !step.wait.is_zero() {
            writer.report(Event::PullRequestWaiting { status: None });
        }
    }
    produced.proposal = Some(proposal.clone());
    proposal
}

fn later(wait: Duration) -> Instant {
    /// Longer than anybody waits.
    const FOR_EVER: Duration = Duration::from_secs(31_536_000);
    Instant::now() + wait.min(FOR_EVER)
}

/// Waits until the target branch moves. The run's own time stands still meanwhile.
async fn await_merge(writer: &Writer<'_, '_>, step: &Propose, proposal: &Proposal) -> Result<Outcome, Error> {
    let session = writer.session;
    let _pause = session.limits.pause();
    let started = Instant::now();
    loop {
        session.go_on()?;
        let left = proposal.wait_ends.saturating_duration_since(Instant::now());
        let pause = if started.elapsed() < FIRST_MINUTES { LOOKS[0] } else { LOOKS[1] };
        tokio::time::sleep(pause.min(left)).await;
        match look(writer, step).await? {
            Some(tip) if tip == Some(step.target_tip) => {}
            Some(_) => return Ok(Outcome::TargetMoved),
            None => tracing::debug!("the target branch could not be looked at"),
        }
        if Instant::now() >= proposal.wait_ends {
            return Err(not_merged(step, proposal));
        }
    }
}

/// Where the target branch is; the outer none where that cannot be found out just now.
async fn look(writer: &Writer<'_, '_>, step: &Propose) -> Result<Option<Option<CommitId>>, Error> {
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

/// What is told while the change is not merged.
fn not_merged(step: &Propose, proposal: &Proposal) -> Error {
    let (source, target) = (&step.source, &step.target);
    let open = match &proposal.page {
        Some(page) => format!("Open the pull request at {page}, or have it completed if it is open."),
        None => format!("Open a pull request from `{source}` to `{target}` at the Git server, and have it completed."),
    };
    Error::new(
        Kind::PullRequest,
        format!("branch `{target}` does not hold the change yet; branch `{source}` proposes it"),
    )
    .hint(open)
    .hint(run_again(step))
}

fn run_again(step: &Propose) -> String {
    format!("Run the same command again when it is completed; it goes on from there: `{}`", step.run_again)
}
