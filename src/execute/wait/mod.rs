//! Waiting until the cluster follows the repository.

mod identity;
pub(super) mod one;
mod told;

use std::convert::Infallible;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;

use super::apply::AWAITING_SERVER;
use super::deploy_key::registration_hint;
use super::produced::Produced;
use super::writer::Writer;
use crate::cluster::{
    Cluster, ClusterError, Goal, ProbableCause, Readiness, RevisionTest, Target, WaitFailure, WaitOutcome,
};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Phase};
use crate::domain::object_id::CommitId;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::{git_repository, kustomization};
use crate::git::{Remote, Tip};
use crate::plan::{Wait, WaitedCommit};
use told::{SHORT, Told};

/// Waits for source, Kustomization and Deployments under the run's deadline.
///
/// # Errors
/// Everything that did not become ready, each with what is known about it.
pub(super) async fn until_ready(writer: &Writer<'_, '_>, step: &Wait, produced: &Produced) -> Result<(), Error> {
    writer.report(Event::PhaseStarted { phase: Phase::Wait });
    let commit = match step.commit {
        WaitedCommit::Tip(commit) => commit,
        WaitedCommit::Pushed => produced.pushed.ok_or_else(|| Error::new(Kind::Other, "the commit was not pushed"))?,
    };
    let revision = format!("{}@sha1:{commit}", step.branch);
    tracing::debug!(%commit, requested_at = ?produced.requested_at, "waiting");
    let targets = targets(writer, step, commit, &revision, produced.requested_at.clone());
    writer.report(Event::TimeLeft { left: writer.session.limits.remaining() });
    let mut told = Told::new(&targets, revision);
    let outcomes = match ready_already(step, &targets) {
        Some(outcomes) => outcomes,
        None => wait(writer, step, &targets, &mut told).await,
    };
    let unreadable = outcomes.iter().find_map(|outcome| match &outcome.result {
        Err(WaitFailure::Unreadable(error @ ClusterError::Timeout { last: Some(_), .. })) => Some(error.clone()),
        _ => None,
    });
    if let Some(error) = unreadable {
        let hint = format!("{}; when the API server answers again, the same command goes on waiting.", so_far(writer));
        return Err(Error::from(error).hint(hint));
    }
    told.end(&outcomes, &mut &writer.session.reporter);
    let failures = failures(writer, step, &targets, outcomes).await;
    if failures.is_empty() { Ok(()) } else { Err(not_ready(writer, failures, targets.len())) }
}

/// The GitRepository and the Kustomization at the revision, and the Deployments.
fn targets(
    writer: &Writer<'_, '_>,
    step: &Wait,
    commit: CommitId,
    revision: &str,
    requested_at: Option<String>,
) -> Vec<Target> {
    let namespace = step.namespace.as_str();
    let is_as_good = is_as_good(writer, step, commit, revision);
    let flux = |api: &str, kind: &str, requested_at: Option<String>| Target {
        object: ObjectRef::namespaced(api, kind, namespace, namespace),
        goal: Goal::Reconciled { revision: revision.to_owned(), accepts: is_as_good.clone(), requested_at },
    };
    let deployments = step.deployments.iter().map(|name| Target {
        object: ObjectRef::namespaced("apps/v1", "Deployment", namespace, name),
        goal: Goal::RolledOut,
    });
    let source = flux(git_repository::API_VERSION, git_repository::KIND, requested_at);
    let sync = flux(kustomization::API_VERSION, kustomization::KIND, None);
    [source, sync].into_iter().chain(deployments).collect()
}

/// The end of a wait for what was ready when the run looked; none where anything was not.
fn ready_already(step: &Wait, targets: &[Target]) -> Option<Vec<WaitOutcome>> {
    let is_met = |target: &Target| step.seen.iter().any(|seen| target.is_met_by(seen));
    let ready = |target: &Target| WaitOutcome { object: target.object.clone(), result: Ok(()), waited: Duration::ZERO };
    targets.iter().all(is_met).then(|| targets.iter().map(ready).collect())
}

async fn wait(writer: &Writer<'_, '_>, step: &Wait, targets: &[Target], told: &mut Told) -> Vec<WaitOutcome> {
    let refused = AtomicBool::new(false);
    let reporter = &writer.session.reporter;
    writer.account.wait_for(told.awaited());
    told.tell(&mut &*reporter);
    let told = Mutex::new(told);
    let lock = || told.lock().unwrap_or_else(PoisonError::into_inner);
    let mut on_event = |event| {
        let event = identity::heard(event, &refused);
        lock().hear(&event, &mut &*reporter);
        writer.account.wait_for(lock().awaited());
    };
    let mut on_outage = |error: &ClusterError, delay| {
        let action = AWAITING_SERVER.to_owned();
        reporter.tell(&Event::Retrying { action, reason: error.to_string(), delay });
    };
    let waiting = std::pin::pin!(writer.worlds.cluster.wait_telling(targets, &mut on_event, &mut on_outage));
    let lasting = async {
        tokio::time::sleep(SHORT).await;
        lock().tell_what_lasts(&mut &*reporter);
        std::future::pending::<Infallible>().await
    };
    let outcomes = tokio::select! {
        outcomes = waiting => outcomes,
        never = identity::urge(writer, step, &refused) => match never {},
        never = lasting => match never {},
    };
    outcomes.into_iter().map(identity::ended).collect()
}

/// What stands when only the waiting failed.
fn so_far(writer: &Writer<'_, '_>) -> &'static str {
    if writer.account.is_empty() { "Nothing had to be pushed or applied" } else { "Everything was pushed and applied" }
}

fn not_ready(writer: &Writer<'_, '_>, failures: Vec<(String, Error)>, targets: usize) -> Error {
    let names: Vec<String> = failures.iter().map(|(name, _)| format!("`{name}`")).collect();
    let mut error = Error::new(
        Kind::NotReady,
        format!("the cluster is not ready: {} of {targets} objects are not", failures.len()),
    )
    .caused_by(names.join(", "))
    .hint(format!(
        "{}; when the cause is gone, Flux goes on by itself, and running the command again is safe.",
        so_far(writer)
    ));
    error.related = failures.into_iter().map(|(_, error)| error).collect();
    error
}

/// What is behind each object that is not ready, all looked into at once.
async fn failures(
    writer: &Writer<'_, '_>,
    step: &Wait,
    targets: &[Target],
    outcomes: Vec<WaitOutcome>,
) -> Vec<(String, Error)> {
    let cluster = writer.worlds.cluster.for_diagnosis();
    let failed = targets.iter().zip(outcomes).filter_map(|(target, outcome)| Some((target, outcome.result.err()?)));
    join_all(failed.map(|(target, failure)| async {
        let error = match failure {
            WaitFailure::NotReady(readiness) => not_ready_because(&cluster, step, target, &readiness).await,
            WaitFailure::Unreadable(error) => error.into(),
        };
        (target.object.to_string(), error)
    }))
    .await
}

async fn not_ready_because(cluster: &Cluster, step: &Wait, target: &Target, readiness: &Readiness) -> Error {
    let (diagnosis, of_identity) =
        futures::join!(cluster.diagnose(target, readiness), identity::hints(cluster, step, &target.object, readiness),);
    let is_refused = diagnosis.cause == Some(ProbableCause::GitCredentials);
    let hint = match step.key_registration.as_ref().filter(|_| is_refused) {
        Some(registration) => registration_hint(cluster, &step.namespace, registration).await,
        None => None,
    };
    let mut error = Error::from(diagnosis);
    error.hints.splice(..0, of_identity.into_iter().chain(hint).map(Into::into));
    error
}

/// On a busy branch the cluster may go on to a later commit before it is seen at ours. That is as good if our files
/// are the same there. None without a repository to ask.
fn is_as_good(writer: &Writer<'_, '_>, step: &Wait, ours: CommitId, revision: &str) -> Option<RevisionTest> {
    let repository = writer.worlds.repository.clone()?;
    let (branch, directory, mut earlier) = (step.branch.clone(), step.directory.clone(), step.earlier.clone());
    earlier.remove(revision);
    Some(Arc::new(move |revision: String| {
        let (repository, branch, directory) = (repository.clone(), branch.clone(), directory.clone());
        let known = earlier.contains(&revision);
        Box::pin(async move {
            if known || !revision.starts_with(&format!("{branch}@")) {
                return false;
            }
            repository
                .run(move |remote| {
                    // The revision itself may be gone from the server's offer; the tip is at or after it.
                    let Ok(Tip::Commit(tip)) = remote.fetch(&branch) else { return false };
                    let above = directory.rsplit_once('/').map_or("", |(above, _)| above);
                    if [tip, ours].iter().any(|commit| remote.bring(*commit, &[(above, false)]).is_err()) {
                        return false;
                    }
                    let folder =
                        |remote: &Remote, commit| remote.entry(commit, &directory).ok().flatten().map(|entry| entry.id);
                    tip != ours && folder(remote, tip).is_some() && folder(remote, tip) == folder(remote, ours)
                })
                .await
        })
    }))
}
