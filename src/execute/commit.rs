//! One commit, one push. Who loses a race has the rest planned anew from the tip that won.

use std::time::Duration;

use super::account::Account;
use super::produced::Produced;
use super::writer::Writer;
use crate::domain::backoff::{Backoff, Persistence};
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::domain::object_id::CommitId;
use crate::git::{CommitSigner, GitError, Signature};
use crate::open::Session;
use crate::plan::{CommitAndPush, RecordedOptions};

/// What must be left for another push: of one that the timeout cuts nobody knows whether it arrived.
const TIME_TO_PUSH: Duration = Duration::from_secs(2);

/// A push that did not settle where the branch is.
#[derive(Debug)]
pub(crate) struct Moved {
    /// The commit that lost, or of which it is not known whether it arrived.
    ours: CommitId,
    /// What is told when there is no time for another attempt.
    failure: Error,
    step: CommitAndPush,
    /// The branch is not the one that the cluster follows.
    beside: bool,
}

/// How a push ended.
pub(super) enum Attempt {
    /// The branch is at this commit.
    Arrived(CommitId),
    /// The branch must be looked at again.
    Unsettled(Box<Moved>),
}

/// Commits and pushes; gives what must be looked at again when that did not settle it.
pub(super) async fn commit_and_push(
    writer: &Writer<'_, '_>,
    step: &CommitAndPush,
    produced: &mut Produced,
) -> Result<Option<Box<Moved>>, Error> {
    match push(writer, step, produced).await? {
        Attempt::Arrived(commit) => {
            produced.earlier_tips.extend(step.tip);
            produced.pushed = Some(commit);
            Ok(None)
        }
        Attempt::Unsettled(moved) => Ok(Some(moved)),
    }
}

/// Makes the commit of a step, and pushes it once.
pub(super) async fn push(
    writer: &Writer<'_, '_>,
    step: &CommitAndPush,
    produced: &mut Produced,
) -> Result<Attempt, Error> {
    let commit = make_commit(writer, step).await?;
    let manifests = step.manifests;
    writer.report(Event::Committed { manifests, branch: step.branch.clone(), commit: commit.to_string() });
    writer.report(Event::PushStarted { manifests, url: step.url.clone() });
    writer.begin("a push was under way; whether it arrived is not known")?;
    let (tip, branch, action) = (step.tip, step.branch.clone(), format!("push to `{}`", step.branch));
    let (repository, reporter) = (writer.worlds.repository()?, &writer.session.reporter);
    let push = repository.run_telling(action, reporter, move |remote| remote.push(commit, &branch, tip));
    let result = push.await;
    if !matches!(result, Err(GitError::PushUnknown { .. })) {
        writer.account.settle();
    }
    repository.tell_server_words(reporter).await;
    match result {
        Ok(()) => {
            tell_arrived(writer.session, writer.account, step, commit);
            Ok(Attempt::Arrived(commit))
        }
        Err(
            reason @ (GitError::StaleReference { .. } | GitError::PushUnknown { .. } | GitError::RateLimited { .. }),
        ) => {
            let failure = pause_before_next(writer.session, step, reason, produced).await?;
            let moved = Moved { ours: commit, failure, step: step.clone(), beside: false };
            Ok(Attempt::Unsettled(Box::new(moved)))
        }
        // An attempt that the deadline cut short says less than the one before it.
        Err(error @ GitError::Timeout { .. }) => Err(match produced.last_refusal.take() {
            Some(before) => before,
            None => cannot_push(&step.branch, &step.url, error),
        }),
        Err(error) => Err(cannot_push(&step.branch, &step.url, error)),
    }
}

impl Moved {
    /// The same of a source branch, whose tip says nothing about the branch that the cluster follows.
    pub(super) fn beside(self) -> Self {
        Self { beside: true, ..self }
    }

    /// Notes where the branch that the cluster follows was found: our commit may have arrived, another one may have won.
    /// Gives what is told when there is no time to plan anew.
    pub(crate) fn settle(
        self,
        session: &Session<'_>,
        account: &Account,
        tip: Option<CommitId>,
        produced: &mut Produced,
    ) -> Error {
        account.settle();
        if !self.beside {
            produced.earlier_tips.extend(self.step.tip);
            if tip == Some(self.ours) {
                tell_arrived(session, account, &self.step, self.ours);
                produced.pushed = Some(self.ours);
            }
        }
        produced.last_refusal = Some(self.failure.clone());
        self.failure
    }

    /// What is told when the deadline passed before the branch was looked at again.
    pub(crate) fn into_failure(self) -> Error {
        self.failure
    }
}

/// What stands in the way of a push, by branch and repository.
pub(crate) fn cannot_push(branch: &str, url: &str, error: GitError) -> Error {
    let message = format!("cannot push to branch `{branch}` of `{url}`");
    Error { message: message.into(), ..Error::from(error).caused_first() }
}

fn tell_arrived(session: &Session<'_>, account: &Account, step: &CommitAndPush, commit: CommitId) {
    account.add(format!("commit {commit} is pushed to `{}`", step.branch));
    session.report(Event::Pushed { commit: commit.to_string(), branch: step.branch.clone() });
    if let Some(recorded) = step.options.clone() {
        let RecordedOptions { options, added, removed } = recorded;
        session.report(Event::OptionsRecorded { options, added, removed });
    }
}

/// Waits before the branch is looked at again, as long as there is time for another attempt. Gives what is told when the
/// time is over before that.
async fn pause_before_next(
    session: &Session<'_>,
    step: &CommitAndPush,
    reason: GitError,
    produced: &mut Produced,
) -> Result<Error, Error> {
    session.go_on()?;
    let asked = reason.response().and_then(|response| response.retry_after);
    let mut backoff = Backoff::new(&session.limits).resume_after(produced.attempts);
    let pause = backoff.next(asked, Persistence::ToTheEnd).ok();
    produced.attempts = backoff.failed();
    let attempt = produced.attempts;
    let Some(delay) = pause.filter(|pause| session.limits.remaining() > *pause + TIME_TO_PUSH) else {
        return Err(too_late(step, reason));
    };
    session.report(match &reason {
        GitError::StaleReference { .. } => Event::PushRaced { attempt },
        other => Event::Retrying { action: format!("push to `{}`", step.branch), reason: other.to_string(), delay },
    });
    tokio::time::sleep(delay).await;
    Ok(too_late(step, reason))
}

/// The failure of a push that might still have succeeded with more time.
fn too_late(step: &CommitAndPush, reason: GitError) -> Error {
    match reason {
        GitError::StaleReference { .. } => {
            Error::from(reason).hint("Others keep pushing to this branch; give it more time with --timeout.")
        }
        GitError::PushUnknown { .. } => reason.into(),
        other => cannot_push(&step.branch, &step.url, other),
    }
}

async fn make_commit(writer: &Writer<'_, '_>, step: &CommitAndPush) -> Result<CommitId, Error> {
    let now = writer.session.environment.now();
    let time = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let author = Signature {
        name: step.author.name.clone(),
        email: step.author.email.clone(),
        time: i64::try_from(time).unwrap_or_default(),
        offset: 0,
    };
    let changes: Vec<_> = step.files.iter().map(|change| (change.path.clone(), change.after.clone())).collect();
    let (base, parents, message) = (step.base, step.parents(), step.message.clone());
    let signer = writer.session.credentials.signer.clone();
    let made = writer.worlds.repository()?.run(move |remote| {
        let signer = signer.as_deref().map(|signer| signer as &dyn CommitSigner);
        remote.commit(base, &parents, &changes, &author, &message, signer)
    });
    Ok(made.await?)
}
