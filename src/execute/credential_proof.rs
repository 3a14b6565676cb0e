//! The proof that the cluster reads its repository with the credential that its Secret holds: its own next fetch.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::produced::Produced;
use super::wait::one::wait_for_one;
use super::writer::Writer;
use crate::cluster::{Cluster, Goal, Readiness, Target};
use crate::domain::cluster_secret::SecretChange;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, ObjectChange, Phase, RotationEvent};
use crate::plan::{ProveCredential, PutBack};

/// What putting the old Secret back may take, whatever time the run has left.
const TIME_TO_UNDO: Duration = Duration::from_secs(30);
/// Reasons that every wait begins with.
const ROUTINE: [&str; 3] = ["NotObserved", "Progressing", "ReconcileRequested"];
/// A request is made later than any before it by at least this.
const LATER: SignedDuration = SignedDuration::from_millis(1);

/// Asks for a fetch and waits for it. source-controller keeps no Secret: each reconciliation reads it anew and lists the
/// repository's references with it, so that a request handled after the write, and Ready, proves the credential.
///
/// # Errors
/// The fetch failed or did not come in time; what undoes it has been done then.
pub(super) async fn prove(
    writer: &Writer<'_, '_>,
    step: &ProveCredential,
    produced: &mut Produced,
) -> Result<(), Error> {
    writer.report(Event::PhaseStarted { phase: Phase::Wait });
    match fetched(writer, step, produced).await {
        Ok(revision) => {
            settle(writer, step).await?;
            writer.report(Event::Ready { object: step.source.clone(), revision });
            let (secret, keys) = (step.secret.clone(), step.keys.clone());
            writer.report(RotationEvent::CredentialRotated { secret, keys }.into());
            Ok(())
        }
        // What was written was tried before, and the Secret keeps the one before it: the next run proves it, or puts that one back.
        Err(error) if writer.session.limits.is_cancelled() => Err(error),
        Err(error) => Err(undone(writer, step, error).await),
    }
}

/// What is kept of the credential before is of no use any more.
async fn settle(writer: &Writer<'_, '_>, step: &ProveCredential) -> Result<(), Error> {
    let Some(ours) = &step.settles else { return Ok(()) };
    writer.begin("what is kept of the old credential was being removed")?;
    let forgotten = writer.worlds.cluster.forget_before(ours).await;
    writer.account.settle();
    forgotten.map_err(Error::from)
}

/// The revision that the cluster fetched.
async fn fetched(
    writer: &Writer<'_, '_>,
    step: &ProveCredential,
    produced: &mut Produced,
) -> Result<Option<String>, Error> {
    let cluster = &writer.worlds.cluster;
    let object = cluster.get(&step.source).await?;
    let requested_at = after_all_before(writer.now(), object.as_ref());
    cluster.request_reconcile(&step.source, &requested_at).await?;
    produced.requested_at = Some(requested_at.clone());
    let target = Target { object: step.source.clone(), goal: Goal::Fetched { requested_at } };
    if let Some(readiness) = wait_for_one(writer, &target, &ROUTINE).await? {
        return Err(not_proven(writer, &target, &readiness).await);
    }
    let object = cluster.get(&step.source).await.ok().flatten();
    Ok(object.as_ref().and_then(crate::flux_api::git_repository::artifact_revision).map(str::to_owned))
}

/// This moment, or one after the last request that was handled, should the clock of whoever made that be ahead.
fn after_all_before(now: Timestamp, source: Option<&serde_json::Value>) -> String {
    let last = source.and_then(|object| object["status"]["lastHandledReconcileAt"].as_str());
    let last = last.and_then(|text| text.parse::<Timestamp>().ok());
    match last.filter(|last| *last >= now).and_then(|last| last.checked_add(LATER).ok()) {
        Some(later) => later.to_string(),
        None => now.to_string(),
    }
}

async fn not_proven(writer: &Writer<'_, '_>, target: &Target, readiness: &Readiness) -> Error {
    let object = target.object.clone();
    let message = format!("{} is not ready: {}", object.in_words(), readiness.why_not());
    writer.report(Event::NotReady { object, message });
    let diagnosis = writer.worlds.cluster.for_diagnosis().diagnose(target, readiness).await;
    let mut error =
        Error::new(Kind::NotReady, "the cluster has not read the repository with the new credential in time");
    error.related.push(diagnosis.into());
    error
}

/// Undoes in a time of its own, and adds to the failure what came of that.
async fn undone(writer: &Writer<'_, '_>, step: &ProveCredential, failure: Error) -> Error {
    let Some(undo) = &step.undo else {
        return failure.hint("The Secret keeps the new credential; running the command again goes on with the proof.");
    };
    let cluster = writer.worlds.cluster.after_end(TIME_TO_UNDO);
    match put_back(writer, &cluster, undo).await {
        Ok(true) => {
            // The cluster goes on with the old one by itself; asking only makes that sooner.
            let _ = cluster.request_reconcile(&step.source, &writer.now().to_string()).await;
            failure.hint(
                "Find out why the cluster cannot use the new credential, and run the command again; --no-rollback leaves it in place.",
            )
        }
        Ok(false) => failure,
        Err(error) => {
            let mut failure = failure.hint(
                "The old credential could not be put back: run the command with it, or write the Secret by other means.",
            );
            failure.related.push(error);
            failure
        }
    }
}

/// Puts back what a Secret held; whoever has changed it since this run wrote it knows better, so it is left then.
async fn put_back(writer: &Writer<'_, '_>, cluster: &Cluster, undo: &PutBack) -> Result<bool, Error> {
    let (namespace, name) = (&undo.ours.namespace, &undo.ours.name);
    let live = cluster.secret(namespace, name).await?;
    if SecretChange::between(live.as_ref(), &undo.ours).change() != ObjectChange::Unchanged {
        let message =
            format!("somebody else has changed secret `{namespace}/{name}` meanwhile, so the old one is not put back");
        writer.report(Event::Warning { message });
        return Ok(false);
    }
    writer.begin("the old credential was being put back")?;
    let written = cluster.write_secret(&undo.before).await;
    writer.account.settle();
    written?;
    writer.account.add(format!("source secret `{namespace}/{name}` holds the old credential again"));
    writer.report(RotationEvent::CredentialPutBack { secret: format!("{namespace}/{name}") }.into());
    Ok(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_later_than_any_that_was_handled() {
        let now: Timestamp = "2026-01-01T10:00:00Z".parse().unwrap();
        let after = |last: &str| after_all_before(now, Some(&json!({"status": {"lastHandledReconcileAt": last}})));
        assert_eq!(after_all_before(now, None), "2026-01-01T10:00:00Z");
        assert_eq!(after("2026-01-01T09:00:00Z"), "2026-01-01T10:00:00Z");
        assert_eq!(after("2026-01-01T10:00:00Z"), "2026-01-01T10:00:00.001Z");
        assert_eq!(after("2026-01-01T12:00:00+01:00"), "2026-01-01T11:00:00.001Z");
        assert_eq!(after("by hand"), "2026-01-01T10:00:00Z");
    }
}
