//! Waiting until the cluster follows the repository, told in the order people expect.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deploy_key;
use super::repository::Repository;
use super::run::Run;
use super::work::Work;
use crate::cluster::{
    ClusterError, Goal, ProbableCause, Readiness, RevisionTest, Target, WaitEvent, WaitFailure, WaitOutcome,
};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Phase, Reporter};
use crate::domain::object_id::CommitId;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::{git_repository, kustomization};
use crate::git::Tip;

/// What goes on while the API server cannot be asked.
pub(super) const AWAITING_SERVER: &str = "waiting for the API server";

/// What is waited for.
#[derive(Debug)]
pub struct Awaited {
    /// The commit that holds our files.
    pub commit: CommitId,
    /// Revisions that were there before this run's own; they do not count as later ones.
    pub earlier: BTreeSet<String>,
    /// The value of `reconcile.fluxcd.io/requestedAt` that source-controller must have handled.
    pub requested_at: Option<String>,
}

/// Waits for source, Kustomization and Deployments under the run's deadline.
///
/// # Errors
/// Everything that did not become ready, each with what is known about it.
pub async fn until_ready(run: &mut Run<'_>, work: &Work, awaited: Awaited) -> Result<(), Error> {
    run.report(Event::PhaseStarted { phase: Phase::Wait });
    let namespace = work.namespace.as_str();
    let branch = &run.config.source.branch;
    let revision = format!("{branch}@sha1:{}", awaited.commit);
    let directory = run.config.source.path.join(namespace);
    let accepts = accepts(run.repository.clone(), branch.clone(), directory, awaited.commit, awaited.earlier);
    let flux = |api: &str, kind: &str, requested_at: Option<String>| Target {
        object: ObjectRef::namespaced(api, kind, namespace, namespace),
        goal: Goal::Reconciled { revision: revision.clone(), accepts: Some(Arc::clone(&accepts)), requested_at },
    };
    let mut targets = vec![
        flux(git_repository::API_VERSION, git_repository::KIND, awaited.requested_at),
        flux(kustomization::API_VERSION, kustomization::KIND, None),
    ];
    targets.extend(work.deployments.iter().map(|name| Target {
        object: ObjectRef::namespaced("apps/v1", "Deployment", namespace, name),
        goal: Goal::RolledOut,
    }));
    let mut story = Story::new(&targets, revision.clone());
    let progress = run.progress.clone();
    progress.wait_for(story.awaited());
    story.tell(&mut &run.reporter);
    let outcomes = {
        let reporter = &run.reporter;
        run.cluster
            .wait_telling(
                &targets,
                &mut |event| {
                    story.hear(&event, &mut &*reporter);
                    progress.wait_for(story.awaited());
                },
                &mut |error, delay| {
                    let action = AWAITING_SERVER.to_owned();
                    reporter.tell(&Event::Retrying { action, reason: error.to_string(), delay });
                },
            )
            .await
    };
    let unreadable = outcomes.iter().find_map(|outcome| match &outcome.result {
        Err(WaitFailure::Unreadable(error @ ClusterError::Timeout { last: Some(_), .. })) => Some(error.clone()),
        _ => None,
    });
    if let Some(error) = unreadable {
        let hint = format!("{}; when the API server answers again, the same command goes on waiting.", so_far(run));
        return Err(Error::from(error).hint(hint));
    }
    story.end(&outcomes, &mut &run.reporter);
    let failures = failures(run, &targets, outcomes).await;
    if failures.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = failures.iter().map(|(name, _)| format!("`{name}`")).collect();
    let mut error = Error::new(
        Kind::NotReady,
        format!("the cluster is not ready: {} of {} objects are not", failures.len(), targets.len()),
    )
    .caused_by(names.join(", "))
    .hint(format!(
        "{}; when the cause is gone, Flux goes on by itself, and running the command again is safe.",
        so_far(run)
    ));
    error.related = failures.into_iter().map(|(_, error)| error).collect();
    Err(error)
}

/// What stands when only the waiting failed.
fn so_far(run: &Run<'_>) -> &'static str {
    if run.progress.is_empty() { "Nothing had to be pushed or applied" } else { "Everything was pushed and applied" }
}

async fn failures(run: &Run<'_>, targets: &[Target], outcomes: Vec<WaitOutcome>) -> Vec<(String, Error)> {
    let mut failures = Vec::new();
    for (target, outcome) in targets.iter().zip(outcomes) {
        let error = match outcome.result {
            Ok(()) => continue,
            Err(WaitFailure::NotReady(readiness)) => {
                let diagnosis = run.cluster.diagnose(target, &readiness).await;
                let is_refused = diagnosis.cause == Some(ProbableCause::GitCredentials);
                let hint = if is_refused { deploy_key::registration(run).await } else { None };
                let mut error = Error::from(diagnosis);
                error.hints.splice(..0, hint);
                error
            }
            Err(WaitFailure::Unreadable(error)) => error.into(),
        };
        failures.push((outcome.object.to_string(), error));
    }
    failures
}

/// On a busy branch the cluster may go on to a later commit before it is seen at ours. That is as good if our files
/// are the same there.
fn accepts(
    repository: Repository,
    branch: String,
    directory: String,
    ours: CommitId,
    earlier: BTreeSet<String>,
) -> RevisionTest {
    Arc::new(move |revision: String| {
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
                    let folder = |remote: &crate::git::Remote, commit| {
                        remote.entry(commit, &directory).ok().flatten().map(|entry| entry.id)
                    };
                    tip != ours && folder(remote, tip).is_some() && folder(remote, tip) == folder(remote, ours)
                })
                .await
        })
    })
}

/// Objects become ready in any order; people read about them in one.
struct Story {
    chapters: Vec<Chapter>,
    told: usize,
    revision: String,
    first_deployment: usize,
    started: Instant,
}

struct Chapter {
    object: ObjectRef,
    ready: bool,
    /// What was said about it, each once: a controller that tries again says the same again.
    said: BTreeSet<(String, String)>,
    /// Why it is not ready, as last heard.
    reason: Option<String>,
}

/// Reasons that belong to every wait, as long as it is short.
const ROUTINE: [&str; 7] = [
    "NotObserved",
    "Progressing",
    "ProgressingWithRetry",
    "ReconcileRequested",
    "DependencyNotReady",
    "ArtifactFailed",
    "OtherRevision",
];
/// What lasts longer than this is worth telling, whatever the reason.
const SHORT: Duration = Duration::from_secs(20);

impl Story {
    fn new(targets: &[Target], revision: String) -> Self {
        let chapters = targets
            .iter()
            .map(|target| Chapter { object: target.object.clone(), ready: false, said: BTreeSet::new(), reason: None })
            .collect();
        Self { chapters, told: 0, revision, first_deployment: 2, started: Instant::now() }
    }

    /// Tells everything up to the first object that is not ready, and that this one is waited for.
    fn tell(&mut self, reporter: &mut dyn Reporter) {
        loop {
            let (index, opening) = (self.told / 2, self.told.is_multiple_of(2));
            let Some(chapter) = self.chapters.get(index) else {
                if self.told == self.chapters.len() * 2 {
                    self.told += 1;
                    reporter.report(&Event::Healthy);
                }
                return;
            };
            let object = place(&chapter.object);
            if opening {
                if index < self.first_deployment {
                    reporter.report(&Event::WaitStarted { kind: chapter.object.kind.clone(), object });
                } else if index == self.first_deployment {
                    reporter.report(&Event::HealthCheckStarted);
                }
            } else if !chapter.ready {
                return;
            } else if index < self.first_deployment {
                let revision = Some(self.revision.clone());
                reporter.report(&Event::Ready { kind: chapter.object.kind.clone(), object, revision });
            } else {
                reporter.report(&Event::DeploymentReady { name: chapter.object.name.clone() });
            }
            self.told += 1;
        }
    }

    fn hear(&mut self, event: &WaitEvent, reporter: &mut dyn Reporter) {
        let Some(chapter) = self.chapters.iter_mut().find(|chapter| chapter.object == event.object) else { return };
        chapter.reason = match &event.readiness {
            Readiness::Pending { reason, message } | Readiness::Stalled { reason, message } => {
                Some(format!("{reason}: {message}"))
            }
            Readiness::Suspended => Some("it is suspended".to_owned()),
            Readiness::Ready | Readiness::Absent => None,
        };
        match &event.readiness {
            Readiness::Ready => chapter.ready = true,
            Readiness::Pending { reason, message } | Readiness::Stalled { reason, message } => {
                chapter.ready = false;
                if chapter.said.insert((reason.clone(), message.clone())) {
                    reporter.report(&Event::WaitProgress {
                        kind: chapter.object.kind.clone(),
                        object: place(&chapter.object),
                        reason: reason.clone(),
                        message: message.clone(),
                        routine: ROUTINE.contains(&reason.as_str()) && self.started.elapsed() < SHORT,
                    });
                }
            }
            Readiness::Suspended | Readiness::Absent => chapter.ready = false,
        }
        self.tell(reporter);
    }

    /// What is not ready yet, and why as far as that is known.
    fn awaited(&self) -> Vec<String> {
        let waiting = self.chapters.iter().filter(|chapter| !chapter.ready);
        waiting
            .map(|chapter| match &chapter.reason {
                Some(reason) => format!("`{}` was not ready yet: {reason}", chapter.object),
                None => format!("`{}` was not ready yet", chapter.object),
            })
            .collect()
    }

    fn end(&mut self, outcomes: &[WaitOutcome], reporter: &mut dyn Reporter) {
        for (chapter, outcome) in self.chapters.iter_mut().zip(outcomes) {
            chapter.ready = outcome.result.is_ok();
        }
        self.tell(reporter);
        for (chapter, outcome) in self.chapters.iter().zip(outcomes) {
            let why = match &outcome.result {
                Ok(()) => continue,
                Err(WaitFailure::NotReady(Readiness::Pending { message, .. } | Readiness::Stalled { message, .. })) => {
                    message.clone()
                }
                Err(WaitFailure::NotReady(Readiness::Suspended)) => "it is suspended".to_owned(),
                Err(WaitFailure::NotReady(_)) => "it does not exist".to_owned(),
                Err(WaitFailure::Unreadable(error)) => error.to_string(),
            };
            let object = place(&chapter.object);
            let message = format!("{} \"{object}\" is not ready: {why}", chapter.object.kind);
            reporter.report(&Event::NotReady { kind: chapter.object.kind.clone(), object, message });
        }
    }
}

fn place(object: &ObjectRef) -> String {
    format!("{}/{}", object.namespace.as_deref().unwrap_or_default(), object.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Heard(Vec<String>);

    impl Reporter for Heard {
        fn report(&mut self, event: &Event) {
            self.0.extend(crate::ui::narration::line(event, crate::ui::style::Style::default(), false));
        }
    }

    #[test]
    fn out_of_order_events_are_told_in_order() {
        let object = |kind: &str, name: &str| ObjectRef::namespaced("v1", kind, "flux-system", name);
        let targets: Vec<Target> = [
            ("GitRepository", "flux-system"),
            ("Kustomization", "flux-system"),
            ("Deployment", "a"),
            ("Deployment", "b"),
        ]
        .map(|(kind, name)| Target { object: object(kind, name), goal: Goal::RolledOut })
        .into();
        let (mut story, mut heard) = (Story::new(&targets, "r".into()), Heard::default());
        story.tell(&mut heard);
        let pending = Readiness::Pending { reason: "Progressing".into(), message: "soon".into() };
        story.hear(&WaitEvent { object: targets[3].object.clone(), readiness: pending }, &mut Heard::default());
        let awaited = [
            "GitRepository/flux-system/flux-system` was not ready yet",
            "Kustomization/flux-system/flux-system` was not ready yet",
            "Deployment/flux-system/a` was not ready yet",
            "Deployment/flux-system/b` was not ready yet: Progressing: soon",
        ];
        assert_eq!(story.awaited(), awaited.map(|line| format!("`{line}")));
        for index in [3, 1, 2, 0] {
            story.hear(&WaitEvent { object: targets[index].object.clone(), readiness: Readiness::Ready }, &mut heard);
        }
        assert_eq!(
            heard.0,
            [
                "◎ waiting for GitRepository \"flux-system/flux-system\" to be reconciled",
                "✔ GitRepository reconciled successfully",
                "◎ waiting for Kustomization \"flux-system/flux-system\" to be reconciled",
                "✔ Kustomization reconciled successfully",
                "► confirming components are healthy",
                "✔ a: deployment ready",
                "✔ b: deployment ready",
                "✔ all components are healthy",
            ]
        );
        assert!(story.awaited().is_empty());
    }
}
