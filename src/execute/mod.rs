//! The only writer: carries out the steps of a plan, one after the other, and keeps account of what is done. It knows no
//! command and no configuration.

pub(crate) mod account;
mod apply;
pub(crate) mod commit;
mod credential_proof;
mod delete;
mod deploy_key;
mod note;
mod offered_key;
mod old_credential;
mod old_secret;
mod outcome;
mod produced;
pub(crate) mod propose;
mod prove;
mod prove_identity;
mod remaining;
mod repository;
mod secret;
mod steer;
mod strip;
mod suspend;
mod wait;
mod writer;

pub(crate) use account::Account;
pub(crate) use commit::Moved;
pub(crate) use outcome::Outcome;
pub(crate) use produced::Produced;
#[cfg(test)]
pub(crate) use produced::Proposal;

use crate::domain::error::Error;
use crate::domain::event::{Event, Manifests, ObjectChange, Phase};
use crate::open::{Session, Worlds};
use crate::plan::{Kept, Plan, SecretPurpose, Step};
use writer::Writer;

/// Carries out a plan.
///
/// # Errors
/// The first failure; [`Error::done`] says what was changed before it, from the account.
pub(crate) async fn execute(
    session: &Session<'_>,
    worlds: &Worlds,
    plan: &Plan,
    account: &Account,
    produced: &mut Produced,
) -> Result<Outcome, Error> {
    let writer = Writer { session, worlds, account };
    tracing::debug!(steps = ?plan.steps.iter().map(Step::writes).collect::<Vec<_>>(), "plan");
    let mut steps = plan.steps.iter().peekable();
    while let Some(step) = steps.next() {
        session.go_on()?;
        let following = steps.peek().and_then(|step| step.phase());
        begin_phase(&writer, step, following, produced);
        match carry_out(&writer, step, produced).await? {
            Outcome::Done => {}
            unfinished => return Ok(unfinished),
        }
    }
    Ok(Outcome::Done)
}

/// Tells of a part of the run that begins; the parts of looking and waiting are told by those who look and wait.
fn begin_phase(writer: &Writer<'_, '_>, step: &Step, following: Option<Phase>, produced: &mut Produced) {
    let phase = match step {
        Step::Keep(Kept::SourceSecret { .. } | Kept::SyncObjects) => following,
        step => step.phase(),
    };
    let Some(phase) = phase.filter(|phase| produced.phase != Some(*phase)) else { return };
    if matches!(phase, Phase::Repository | Phase::Cluster) {
        writer.report(Event::PhaseStarted { phase });
    }
    produced.phase = Some(phase);
}

async fn carry_out(writer: &Writer<'_, '_>, step: &Step, produced: &mut Produced) -> Result<Outcome, Error> {
    match step {
        Step::RegisterDeployKey(step) => deploy_key::register(writer, step, produced).await?,
        Step::CreateRepository(step) => repository::create(writer, step).await?,
        Step::SetDefaultBranch(step) => repository::set_default_branch(writer, step).await,
        Step::CommitAndPush(step) => {
            let moved = commit::commit_and_push(writer, step, produced).await?;
            return Ok(moved.map_or(Outcome::Done, Outcome::Moved));
        }
        Step::Propose(step) => return propose::propose(writer, step, produced).await,
        Step::ApplyObjects(step) => apply::apply(writer, step).await?,
        Step::TakeOver(step) => apply::take_over(writer, step).await?,
        Step::ApplySecret(step) => match step.purpose {
            SecretPurpose::Source => secret::write_source(writer, step, produced).await?,
            SecretPurpose::ImagePull => secret::write_image_pull(writer, step, produced).await?,
            SecretPurpose::SourceProxy => secret::write_proxy(writer, step, produced).await?,
        },
        Step::RequestReconcile(object) => {
            let now = writer.now().to_string();
            writer.worlds.cluster.request_reconcile(object, &now).await?;
            produced.requested_at = Some(now);
        }
        Step::Wait(step) => wait::until_ready(writer, step, produced).await?,
        Step::NoteSurvivors(step) => note::note(writer, step).await?,
        Step::SetSuspended(step) => steer::set_suspended(writer, step).await?,
        Step::AwaitReconciled(step) => steer::await_reconciled(writer, step, produced).await?,
        Step::Suspend(step) => suspend::suspend(writer, step).await?,
        Step::Delete(step) => delete::delete(writer, step).await?,
        Step::Strip(step) => strip::strip(writer, step).await?,
        Step::Prove(step) => prove::prove(writer, step).await?,
        Step::OfferKey(step) => offered_key::offer(writer, step).await?,
        Step::DropPendingKey(step) => offered_key::drop_pending(writer, step).await?,
        Step::ProveCredential(step) => credential_proof::prove(writer, step, produced).await?,
        Step::ProveIdentity(step) => prove_identity::prove(writer, step).await?,
        Step::DropOldSecret(step) => old_secret::drop_old(writer, step).await?,
        Step::TryOldCredential(step) => old_credential::try_old(writer, step).await?,
        Step::Keep(kept) => tell_kept(writer, kept),
    }
    Ok(Outcome::Done)
}

fn tell_kept(writer: &Writer<'_, '_>, kept: &Kept) {
    match kept {
        Kept::Manifests { branch } => {
            writer.report(Event::ManifestsUpToDate { manifests: Manifests::Both, branch: branch.clone() });
        }
        Kept::Components => writer.report(Event::ComponentsUpToDate),
        Kept::ComponentsLeftToController { reason } => {
            writer.report(Event::ComponentsLeftToController { reason: reason.clone() });
        }
        Kept::SourceSecret { secret } => {
            writer.report(Event::SecretChecked { secret: secret.clone() });
            writer.report(Event::SecretApplied { secret: secret.clone(), change: ObjectChange::Unchanged });
            writer.report(Event::SecretReconciled);
        }
        Kept::SyncObjects => writer.report(Event::SyncReconciled),
    }
}
