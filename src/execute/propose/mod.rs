//! A change is put on a branch of its own, a pull request is opened where the service lets this program do so, and the merge
//! is waited for. Whether it was merged git alone tells: the branch that the cluster follows moves, and the run looks at it
//! again.

mod service;
mod unmerged;
mod wait;

use std::time::{Duration, Instant};

use self::unmerged::{MOST_PROPOSALS, merged_otherwise};
use super::commit::{Attempt, push};
use super::outcome::Outcome;
use super::produced::{Produced, Proposal};
use super::writer::Writer;
use crate::domain::compare_page::compare_page;
use crate::domain::error::Error;
use crate::domain::event::{Event, ProposalEvent};
use crate::plan::Propose;

pub(crate) use service::completed_by;

/// Puts the change on its branch unless it is there, opens the pull request, then waits as long as that is wished.
///
/// # Errors
/// The push, the service's refusal, or that the target branch does not hold the change when the wait is over.
pub(super) async fn propose(
    writer: &Writer<'_, '_>,
    step: &Propose,
    produced: &mut Produced,
) -> Result<Outcome, Error> {
    let mut said = Vec::new();
    if let Some(commit) = &step.commit {
        produced.proposals += 1;
        if produced.proposals > MOST_PROPOSALS {
            return Err(merged_otherwise(step));
        }
        match push(writer, commit, produced).await? {
            Attempt::Unsettled(moved) => return Ok(Outcome::Moved(Box::new(moved.beside()))),
            Attempt::Arrived(_) => {
                said = writer.worlds.repository()?.run(|remote| remote.server_messages().to_vec()).await;
            }
        }
    } else if produced.proposal.is_none() {
        writer.account.add(format!("branch `{}` holds the change already", step.source));
    }
    proposed(writer, step, &said, produced).await?;
    wait::await_merge(writer, step, produced).await
}

/// Opens the pull request, and tells what is proposed where that is new; the wait goes on where there was one.
async fn proposed(
    writer: &Writer<'_, '_>,
    step: &Propose,
    said: &[String],
    produced: &mut Produced,
) -> Result<(), Error> {
    let before = produced.proposal.take();
    let wait_ends = before.as_ref().map_or_else(|| later(step.wait), |before| before.wait_ends);
    let is_new = step.commit.is_some() || before.is_none();
    let mut id = before.as_ref().and_then(|before| before.id);
    let mut page = before.and_then(|before| before.page);
    let api = writer.worlds.repository()?.api();
    match step.request.as_ref().zip(api) {
        Some((request, api)) if is_new || id.is_none() => {
            let opened = service::open(writer, step, request, api).await?;
            if id != Some(opened.id) {
                let (number, url) = (opened.id, opened.page.clone());
                let created = opened.created;
                writer.report(Event::Proposal(ProposalEvent::PullRequestOpened { id: number, url, created }));
                let made = if created { "opened" } else { "open already" };
                writer.account.add(format!("pull request {number} is {made}"));
            }
            (id, page) = (Some(opened.id), Some(opened.page));
        }
        Some(_) => {}
        None if is_new => {
            page =
                page.filter(|_| said.is_empty()).or_else(|| compare_page(&step.url, said, &step.source, &step.target));
            writer.report(Event::Proposal(ProposalEvent::PullRequestProposed {
                source: step.source.clone(),
                target: step.target.clone(),
                url: page.clone(),
            }));
        }
        None => {}
    }
    produced.proposal = Some(Proposal { files: step.files.clone(), id, page, wait_ends, seen: None });
    Ok(())
}

fn later(wait: Duration) -> Instant {
    /// Longer than anybody waits.
    const FOR_EVER: Duration = Duration::from_secs(31_536_000);
    Instant::now() + wait.min(FOR_EVER)
}
