//! What people hear while they wait: objects become ready in any order, people read about them in one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::cluster::{Readiness, Target, WaitEvent, WaitFailure, WaitOutcome};
use crate::domain::event::{Event, Reporter};
use crate::domain::object_ref::ObjectRef;

/// The objects in the order in which they are told, and how far that went.
pub(super) struct Told {
    objects: Vec<Watched>,
    told: usize,
    revision: String,
    first_deployment: usize,
    started: Instant,
}

struct Watched {
    object: ObjectRef,
    ready: bool,
    /// What was said about it, each once: a controller that tries again says the same again.
    said: BTreeSet<(String, String)>,
    /// Why it is not ready, as last heard.
    reason: Option<String>,
    /// The same, where it was too routine to be shown.
    untold: Option<(String, String)>,
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
pub(super) const SHORT: Duration = Duration::from_secs(20);

impl Told {
    pub(super) fn new(targets: &[Target], revision: String) -> Self {
        let objects = targets
            .iter()
            .map(|target| Watched {
                object: target.object.clone(),
                ready: false,
                said: BTreeSet::new(),
                reason: None,
                untold: None,
            })
            .collect();
        Self { objects, told: 0, revision, first_deployment: 2, started: Instant::now() }
    }

    /// Tells everything up to the first object that is not ready, and that this one is waited for.
    pub(super) fn tell(&mut self, reporter: &mut dyn Reporter) {
        loop {
            let (index, opening) = (self.told / 2, self.told.is_multiple_of(2));
            let Some(watched) = self.objects.get(index) else {
                if self.told == self.objects.len() * 2 {
                    self.told += 1;
                    reporter.report(&Event::Healthy);
                }
                return;
            };
            let object = watched.object.clone();
            if opening {
                if index < self.first_deployment {
                    reporter.report(&Event::WaitStarted { object });
                } else if index == self.first_deployment {
                    reporter.report(&Event::HealthCheckStarted);
                }
            } else if !watched.ready {
                return;
            } else if index < self.first_deployment {
                let revision = Some(self.revision.clone());
                reporter.report(&Event::Ready { object, revision });
            } else {
                reporter.report(&Event::DeploymentReady { name: object.name });
            }
            self.told += 1;
        }
    }

    pub(super) fn hear(&mut self, event: &WaitEvent, reporter: &mut dyn Reporter) {
        let Some(watched) = self.objects.iter_mut().find(|watched| watched.object == event.object) else { return };
        watched.reason = match &event.readiness {
            Readiness::Pending { reason, message } | Readiness::Stalled { reason, message } => {
                Some(format!("{reason}: {message}"))
            }
            Readiness::Suspended => Some("it is suspended".to_owned()),
            Readiness::Ready | Readiness::Absent => None,
        };
        watched.untold = None;
        match &event.readiness {
            Readiness::Ready => watched.ready = true,
            Readiness::Pending { reason, message } | Readiness::Stalled { reason, message } => {
                watched.ready = false;
                let routine = ROUTINE.contains(&reason.as_str()) && self.started.elapsed() < SHORT;
                watched.untold = routine.then(|| (reason.clone(), message.clone()));
                if watched.said.insert((reason.clone(), message.clone())) {
                    reporter.report(&Event::WaitProgress {
                        object: watched.object.clone(),
                        reason: reason.clone(),
                        message: message.clone(),
                        routine,
                    });
                }
            }
            Readiness::Suspended | Readiness::Absent => watched.ready = false,
        }
        self.tell(reporter);
    }

    /// Tells one line about each object that is still waited for: a wait that lasts is no routine any more.
    pub(super) fn tell_what_lasts(&mut self, reporter: &mut dyn Reporter) {
        for watched in self.objects.iter_mut().filter(|watched| !watched.ready) {
            let Some((reason, message)) = watched.untold.take() else { continue };
            let object = watched.object.clone();
            reporter.report(&Event::WaitProgress { object, reason, message, routine: false });
        }
    }

    /// What is not ready yet, and why as far as that is known.
    pub(super) fn awaited(&self) -> Vec<String> {
        let waiting = self.objects.iter().filter(|watched| !watched.ready);
        waiting
            .map(|watched| match &watched.reason {
                Some(reason) => format!("`{}` was not ready yet: {reason}", watched.object),
                None => format!("`{}` was not ready yet", watched.object),
            })
            .collect()
    }

    pub(super) fn end(&mut self, outcomes: &[WaitOutcome], reporter: &mut dyn Reporter) {
        for (watched, outcome) in self.objects.iter_mut().zip(outcomes) {
            watched.ready = outcome.result.is_ok();
        }
        self.tell(reporter);
        for (watched, outcome) in self.objects.iter().zip(outcomes) {
            let why = match &outcome.result {
                Ok(()) => continue,
                Err(WaitFailure::NotReady(readiness)) => readiness.why_not(),
                Err(WaitFailure::Unreadable(error)) => error.to_string(),
            };
            let message = format!("{} is not ready: {why}", watched.object.in_words());
            reporter.report(&Event::NotReady { object: watched.object.clone(), message });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Goal;

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
        let (mut told, mut heard) = (Told::new(&targets, "r".into()), Heard::default());
        told.tell(&mut heard);
        let pending = Readiness::Pending { reason: "Progressing".into(), message: "soon".into() };
        told.hear(&WaitEvent { object: targets[3].object.clone(), readiness: pending }, &mut Heard::default());
        let awaited = [
            "GitRepository/flux-system/flux-system` was not ready yet",
            "Kustomization/flux-system/flux-system` was not ready yet",
            "Deployment/flux-system/a` was not ready yet",
            "Deployment/flux-system/b` was not ready yet: Progressing: soon",
        ];
        assert_eq!(told.awaited(), awaited.map(|line| format!("`{line}")));
        let mut lasting = Heard::default();
        told.tell_what_lasts(&mut lasting);
        told.tell_what_lasts(&mut lasting);
        assert_eq!(lasting.0, ["  Deployment \"flux-system/b\": Progressing: soon"], "told once, although routine");
        for index in [3, 1, 2, 0] {
            told.hear(&WaitEvent { object: targets[index].object.clone(), readiness: Readiness::Ready }, &mut heard);
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
        assert!(told.awaited().is_empty());
    }
}
