//! A bootstrap with options of the cluster that is killed at any of its steps is completed by the next.

use std::time::Duration;

use super::puppets::Puppets;
use super::{Scene, bootstrap};
use crate::support::{ApiFault, ApiFront, Choice, Fault, Route, TestEnv, wait_for};

const FLAGS: [&str; 5] = [
    "--multi-tenant",
    "--storage=1Gi",
    "--cluster-size=small",
    "--toleration=dedicated=flux:NoSchedule",
    "--components=source-controller,kustomize-controller",
];

/// The requests by which the steps in the cluster begin.
const STEPS: [(&str, Choice); 6] = [
    ("definitions", |line| is_write(line) && line.contains("/customresourcedefinitions/")),
    ("the volume", |line| is_write(line) && line.contains("/persistentvolumeclaims/")),
    ("components", |line| is_write(line) && line.contains("/deployments/")),
    ("the secret", |line| is_write(line) && line.contains("/secrets")),
    // The Kustomization is sent beside the source.
    ("the sync", |line| is_write(line) && line.contains("/gitrepositories/flux-system?")),
    ("the wait", |line| line.contains("/gitrepositories?watch=true")),
];

fn is_write(line: &str) -> bool {
    (line.starts_with("PATCH ") || line.starts_with("POST ")) && !line.contains("dryRun")
}

/// Kills a run at each step, each going on where the one before was killed, and completes the last.
fn kill_at_every_step(git: &Fault, api: ApiFault) {
    let scene = Scene::new();
    let front = ApiFront::start(&scene.plane);
    let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&front.kubeconfig(&scene.plane));
    let run = || bootstrap(&env, &scene.azure, &scene.fleet, &FLAGS);
    Puppets::play(&scene.plane, &scene.fleet, || {
        scene.azure.fault(Route::Push, 1, git.clone());
        let running = run().spawn();
        wait_for("the push", Duration::from_secs(120), || {
            scene.azure.traffic().iter().any(|it| it.route == Some(Route::Push) && it.status == 0).then_some(())
        });
        running.signal("KILL");
        assert!(running.wait().code() <= 0);
        scene.azure.no_faults();
        for (step, choice) in STEPS {
            front.clear();
            front.fault_after(choice, 0, api);
            let running = run().spawn();
            wait_for(step, Duration::from_secs(120), || front.has_faulted().then_some(()));
            running.signal("KILL");
            assert!(running.wait().code() <= 0, "{step}");
        }
        front.clear();
        run().run().assert_success().assert_stderr_contains("all components are healthy");
        let before = scene.state();
        run().run().assert_success();
        assert_eq!(scene.state(), before, "nothing is left to do");
    });
    assert_eq!((scene.fleet.log("main").len(), scene.fleet.files("main").len()), (1, 5));
    assert!(scene.plane.object("v1", "PersistentVolumeClaim", "flux-system", "source-controller").is_some());
    let own =
        scene.plane.object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system").unwrap();
    assert_eq!(own["spec"]["serviceAccountName"], "kustomize-controller");
}

#[test]
fn killed_before_any_step_a_run_with_options_is_completed_by_the_next() {
    kill_at_every_step(&Fault::Hang, ApiFault::Silent);
}

#[test]
fn killed_after_any_step_a_run_with_options_is_completed_by_the_next() {
    kill_at_every_step(&Fault::AnswerLate, ApiFault::Unanswered);
}
