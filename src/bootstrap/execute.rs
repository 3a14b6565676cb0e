//! The only writer: carries out a plan, step by step, and keeps account of what is done.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use rand::RngExt as _;

use super::files;
use super::observe::{self, ObservedCluster};
use super::plan::{BootstrapPlan, Purpose, SecretPurpose, Step};
use super::replan::replan;
use super::run::Run;
use super::wait::{AWAITING_SERVER, Awaited, until_ready};
use super::work::Work;
use super::{deploy_key, secret};
use crate::cluster::{ApplyEvent, Change, ClusterError, SecretChange, SecretWrite, order};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Manifests, ObjectChange, Phase};
use crate::domain::object_id::CommitId;
use crate::flux_api::{git_repository, kustomization};
use crate::git::{GitError, Signature};

/// The longest pause between two attempts to push.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// What must be left for another push: of one that the timeout cuts nobody knows whether it arrived.
const TIME_TO_PUSH: Duration = Duration::from_secs(2);

/// Carries out a plan.
///
/// # Errors
/// The first failure; [`Error::done`] says what was changed before it.
pub async fn execute(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    plan: BootstrapPlan,
    mut work: Work,
) -> Result<(), Error> {
    let mut state = State { steps: plan.steps.into(), told: plan.warnings, ..State::default() };
    while let Some(step) = state.steps.pop_front() {
        run.go_on()?;
        carry_out(run, observed, &step, &mut work, &mut state).await?;
    }
    Ok(())
}

#[derive(Default)]
struct State {
    /// What is left to do; a lost push race plans it again.
    steps: VecDeque<Step>,
    /// The warnings given so far.
    told: Vec<String>,
    /// Something happened that source-controller does not notice by itself.
    notify: bool,
    secret_told: bool,
    phase: Option<Phase>,
}

async fn carry_out(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    step: &Step,
    work: &mut Work,
    state: &mut State,
) -> Result<(), Error> {
    let phase = match step {
        Step::ConfirmDeployKey { .. } => Phase::Observe,
        Step::CommitFiles { .. } | Step::Push { .. } => Phase::Repository,
        Step::ApplyObjects { .. } | Step::TakeOver { .. } | Step::ApplySecret { .. } => Phase::Cluster,
        Step::WaitReady { .. } => Phase::Wait,
    };
    if phase == Phase::Cluster || phase == Phase::Wait {
        tell_repository(run, work, state);
    }
    if state.phase != Some(phase) && matches!(phase, Phase::Repository | Phase::Cluster) {
        run.report(Event::PhaseStarted { phase });
    }
    state.phase = Some(phase);
    match step {
        Step::ConfirmDeployKey { page, .. } => {
            let credential = deploy_key::make_and_confirm(run, work, page.clone()).await?;
            let write = secret::write(&work.namespace, &run.config.source.secret_name, &credential, None);
            work.secret_write = Some((write, SecretChange::default()));
            state.notify = true;
        }
        Step::CommitFiles { .. } => {}
        Step::Push { .. } => state.notify |= commit_and_push(run, observed, work, state).await?,
        Step::ApplyObjects { purpose: Purpose::Components, .. } => apply_components(run, work).await?,
        Step::TakeOver { .. } => take_over(run, work).await?,
        Step::ApplySecret { purpose: SecretPurpose::ImagePull, .. } => {
            // Written with the components, before their Deployments; alone when no component changes.
            if work.components.to_apply.is_empty() {
                write_pull_secret(run, work).await?;
            }
        }
        Step::ApplySecret { purpose: SecretPurpose::Source, .. } => {
            state.notify |= write_source_secret(run, work).await?;
            state.secret_told = true;
        }
        Step::ApplyObjects { purpose: Purpose::Sync, .. } => {
            tell_secret(run, work, state);
            run.report(Event::SyncApplyStarted);
            apply_objects(run, &work.sync.to_apply).await?;
            run.progress.add("the sync objects are applied");
            run.report(Event::SyncReconciled);
        }
        Step::WaitReady { .. } => {
            tell_secret(run, work, state);
            if work.sync.to_apply.is_empty() {
                run.report(Event::SyncReconciled);
            }
            let awaited = awaited(run, work, state).await?;
            until_ready(run, work, awaited).await?;
        }
    }
    Ok(())
}

/// Says once that the repository needs nothing, where it needs nothing.
fn tell_repository(run: &mut Run<'_>, work: &Work, state: &State) {
    let told = matches!(state.phase, Some(Phase::Cluster | Phase::Wait));
    if told {
        return;
    }
    let branch = run.config.source.branch.clone();
    if work.repository.files.manifests.is_none() {
        run.report(Event::ManifestsUpToDate { manifests: Manifests::Both, branch });
    }
    if let Some(reason) = work.left_to_controller.clone() {
        run.report(Event::ComponentsLeftToController { reason });
    } else if work.components.to_apply.is_empty() {
        run.report(Event::ComponentsUpToDate);
    }
}

fn tell_secret(run: &mut Run<'_>, work: &Work, state: &mut State) {
    if std::mem::replace(&mut state.secret_told, true) || matches!(work.secret, secret::SecretIntent::NotNeeded) {
        return;
    }
    let secret = format!("{}/{}", work.namespace, run.config.source.secret_name);
    run.report(Event::SecretChecked { secret: secret.clone() });
    run.report(Event::SecretApplied { secret, change: ObjectChange::Unchanged });
    run.report(Event::SecretReconciled);
}

/// Commits and pushes; when someone else was first, starts over from the new tip. False when nothing had to be pushed.
async fn commit_and_push(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    work: &mut Work,
    state: &mut State,
) -> Result<bool, Error> {
    let mut attempt = 0_u32;
    let mut before: Option<GitError> = None;
    loop {
        let Some(manifests) = work.repository.files.manifests else {
            let branch = run.config.source.branch.clone();
            run.report(Event::ManifestsUpToDate { manifests: Manifests::Both, branch });
            return Ok(false);
        };
        let commit = make_commit(run, work, manifests).await?;
        let branch = run.config.source.branch.clone();
        run.report(Event::Committed { manifests, branch: branch.clone(), commit: commit.to_string() });
        run.report(Event::PushStarted { manifests, url: run.config.source.clone_url.redacted() });
        let (tip, pushed) = (work.repository.tip, branch.clone());
        run.begin("a push was under way; whether it arrived is not known")?;
        let action = format!("push to `{branch}`");
        let push = run.repository.run_telling(action, &run.reporter, move |remote| remote.push(commit, &pushed, tip));
        let result = push.await;
        if !matches!(result, Err(GitError::PushUnknown { .. })) {
            run.progress.settle();
        }
        run.tell_server_words().await;
        let reason = match result {
            Ok(()) => {
                run.progress.add(format!("commit {commit} is pushed to `{branch}`"));
                run.report(Event::Pushed { commit: commit.to_string() });
                work.repository.earlier.extend(work.repository.tip);
                work.repository.tip = Some(commit);
                return Ok(true);
            }
            Err(
                error @ (GitError::StaleReference { .. } | GitError::PushUnknown { .. } | GitError::RateLimited { .. }),
            ) => error,
            // An attempt that the deadline cut short says less than the one before it.
            Err(error @ GitError::Timeout { .. }) => {
                return Err(before.map_or_else(|| run.cannot_push(error), |before| too_late(run, before)));
            }
            Err(error) => {
                return Err(run.cannot_push(error));
            }
        };
        run.go_on()?;
        attempt += 1;
        let asked = reason.response().and_then(|response| response.retry_after).unwrap_or_default();
        let pause = asked.max(pause(attempt));
        if run.deadline.remaining() <= pause + TIME_TO_PUSH {
            return Err(too_late(run, reason));
        }
        run.report(match &reason {
            GitError::StaleReference { .. } => Event::PushRaced { attempt },
            other => Event::Retrying { action: format!("push to `{branch}`"), reason: other.to_string(), delay: pause },
        });
        tokio::time::sleep(pause).await;
        state.steps = match replan(run, observed, work, commit, &mut state.told).await {
            Ok(steps) => steps,
            Err(_) if run.deadline.remaining().is_zero() => return Err(too_late(run, reason)),
            Err(error) => return Err(error),
        };
        before = Some(reason);
        run.progress.settle();
        if work.repository.tip == Some(commit) {
            run.progress.add(format!("commit {commit} is pushed to `{branch}`"));
            run.report(Event::Pushed { commit: commit.to_string() });
            return Ok(true);
        }
    }
}

/// The failure of a push that might still have succeeded with more time.
fn too_late(run: &Run<'_>, reason: GitError) -> Error {
    match reason {
        GitError::StaleReference { .. } => {
            Error::from(reason).hint("Others keep pushing to this branch; give it more time with --timeout.")
        }
        GitError::PushUnknown { .. } => reason.into(),
        other => run.cannot_push(other),
    }
}

/// Grows with the attempts, and is spread so that those who race do not meet again.
fn pause(attempt: u32) -> Duration {
    let longest = Duration::from_millis(100).saturating_mul(2_u32.saturating_pow(attempt.min(10))).min(LONGEST_PAUSE);
    longest.mul_f64(rand::rng().random_range(0.1..1.0))
}

async fn make_commit(run: &mut Run<'_>, work: &Work, manifests: Manifests) -> Result<CommitId, Error> {
    let commit = &run.config.commit;
    let time = run.environment.now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let author = Signature {
        name: commit.author_name.clone(),
        email: commit.author_email.clone(),
        time: i64::try_from(time).unwrap_or_default(),
        offset: 0,
    };
    let message = files::message(manifests, &work.version, commit.message_appendix.as_deref());
    let changes: Vec<_> =
        work.repository.files.changes.iter().map(|change| (change.path.clone(), Some(change.after.clone()))).collect();
    let (tip, signer) = (work.repository.tip, run.credentials.signer.clone());
    let made = run
        .repository
        .run(move |remote| {
            let signer = signer.as_deref().map(|signer| signer as &dyn crate::git::CommitSigner);
            remote.commit(tip, &changes, &author, &message, signer)
        })
        .await?;
    Ok(made)
}

async fn apply_components(run: &mut Run<'_>, work: &mut Work) -> Result<(), Error> {
    run.report(Event::InstallStarted { namespace: work.namespace.clone() });
    let stages = order::stages(&work.components.to_apply);
    apply_objects(run, &stages.definitions).await?;
    write_pull_secret(run, work).await?;
    // What could not be judged before its namespace existed is judged as a set now, before any of it is written.
    if !work.components.unchecked.is_empty() {
        observe::judge(&run.cluster, &stages.rest).await.map_err(denied)?;
    }
    apply_objects(run, &stages.rest).await?;
    run.progress.add("the components are applied");
    run.report(Event::Installed);
    Ok(())
}

/// Takes the other tool's marks off, so that the next run finds nobody else's Flux.
async fn take_over(run: &mut Run<'_>, work: &Work) -> Result<(), Error> {
    let Some((owner, marked)) = &work.taken_over else { return Ok(()) };
    for marks in marked {
        run.begin("marks of another owner were being taken off")?;
        run.cluster.take_off(marks).await.inspect_err(|_| run.progress.settle())?;
        run.progress.settle();
        run.progress.add(format!("`{}` is taken over from {owner}", marks.object));
    }
    let objects = marked.iter().map(|marks| marks.object.to_string()).collect();
    run.report(Event::TakenOver { owner: owner.clone(), objects });
    Ok(())
}

fn denied(errors: Vec<ClusterError>) -> Error {
    Error::together(errors.into_iter().map(Error::from).collect())
}

async fn apply_objects(run: &mut Run<'_>, objects: &[serde_json::Value]) -> Result<(), Error> {
    if objects.is_empty() {
        return Ok(());
    }
    let mut applied = 0_usize;
    run.begin("objects were being applied")?;
    let reporter = &run.reporter;
    let result = run
        .cluster
        .apply_all(objects, &mut |event| match event {
            ApplyEvent::Applied { object, change } => {
                applied += usize::from(change != Change::Unchanged);
                reporter.tell(&Event::Applied { object: object.to_string(), change: change.into() });
            }
            ApplyEvent::AwaitingKinds { names } => {
                reporter.tell(&Event::Detail { message: format!("waiting for {} to be served", names.join(", ")) });
            }
            ApplyEvent::Reminding { definition } => reporter.tell(&Event::WaitProgress {
                kind: definition.kind,
                object: definition.name,
                reason: "Installing".to_owned(),
                message: "the API server does not go on by itself, so it is made to look again".to_owned(),
                routine: false,
            }),
            ApplyEvent::AwaitingServer { reason, pause } => {
                reporter.tell(&Event::Retrying { action: AWAITING_SERVER.to_owned(), reason, delay: pause });
            }
            ApplyEvent::Retrying { object, reason, pause } => {
                reporter.tell(&Event::Retrying { action: format!("applying {object}"), reason, delay: pause });
            }
        })
        .await;
    run.progress.settle();
    if applied > 0 {
        run.progress.add(format!("{applied} of {} objects were applied", objects.len()));
    }
    result.map(drop).map_err(Error::from)
}

async fn write_pull_secret(run: &mut Run<'_>, work: &Work) -> Result<(), Error> {
    let Some((write, _)) = work.pull_secret_write.as_ref().filter(|(_, change)| change.change() != Change::Unchanged)
    else {
        return Ok(());
    };
    let secret = format!("{}/{}", write.namespace, write.name);
    run.begin("the image pull secret was being written")?;
    let change = run.cluster.write_secret(write).await.inspect_err(|_| run.progress.settle())?.change().into();
    run.progress.settle();
    run.progress.add(format!("image pull secret `{secret}` is written"));
    run.report(Event::PullSecretApplied { secret, change });
    Ok(())
}

/// Writes the source secret; true when that changed it.
async fn write_source_secret(run: &mut Run<'_>, work: &Work) -> Result<bool, Error> {
    let secret = format!("{}/{}", work.namespace, run.config.source.secret_name);
    run.report(Event::SecretChecked { secret: secret.clone() });
    let Some((write, _)) = &work.secret_write else { return Ok(false) };
    run.report(Event::SecretGenerated);
    let change = written(run, write).await?;
    run.report(Event::SecretApplied { secret, change: change.into() });
    run.report(Event::SecretReconciled);
    Ok(change != Change::Unchanged)
}

async fn written(run: &mut Run<'_>, write: &SecretWrite) -> Result<Change, Error> {
    run.begin("the source secret was being written")?;
    let change = run.cluster.write_secret(write).await.inspect_err(|_| run.progress.settle())?.change();
    run.progress.settle();
    if change != Change::Unchanged {
        run.progress.add(format!("source secret `{}/{}` is written", write.namespace, write.name));
    }
    Ok(change)
}

/// What to wait for; asks source-controller to look now where it would not notice by itself.
async fn awaited(run: &mut Run<'_>, work: &Work, state: &State) -> Result<Awaited, Error> {
    let commit = work.repository.tip.ok_or_else(|| Error::new(Kind::Other, "the repository is still empty"))?;
    let branch = &run.config.source.branch;
    let mut earlier: BTreeSet<String> =
        work.repository.earlier.iter().map(|commit| format!("{branch}@sha1:{commit}")).collect();
    earlier.extend(run.seen_revisions.iter().cloned());
    earlier.remove(&format!("{branch}@sha1:{commit}"));
    let mut requested_at = None;
    if state.notify && run.source_existed {
        let now = jiff::Timestamp::try_from(run.environment.now()).unwrap_or_default().to_string();
        let source = crate::domain::object_ref::ObjectRef::namespaced(
            git_repository::API_VERSION,
            git_repository::KIND,
            &work.namespace,
            &work.namespace,
        );
        run.cluster.request_reconcile(&source, &now).await?;
        requested_at = Some(now);
    }
    tracing::debug!(kind = kustomization::KIND, %commit, ?requested_at, "waiting");
    Ok(Awaited { commit, earlier, requested_at })
}
