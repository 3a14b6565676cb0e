//! A run that is killed at any step of a proposal, before the servers hear of it or after they have done it, is completed by the
//! next, with one pull request.

use std::time::Duration;

use super::{COMPONENTS, SOURCE, assert_untouched};
use crate::safety::puppets::Puppets;
use crate::support::{
    ApiFault, ApiFront, Choice, Fault, Policy, Rest, Route, Scene, Strategy, TestEnv, bootstrap, wait_for,
};

const FLAGS: [&str; 4] = ["--pull-request", "--pr-auto-complete", "--pr-label=flux", COMPONENTS];

/// The request by which each step of a proposal begins, and how many like it come before.
const PROPOSING: [(Route, usize); 9] = [
    (Route::AdvertiseFetch, 0),
    (Route::Fetch, 0),
    (Route::Rest(Rest::Policies), 0),
    (Route::Rest(Rest::Permissions), 0),
    (Route::AdvertisePush, 0),
    (Route::Push, 0),
    (Route::Rest(Rest::PullRequests), 0),
    (Route::Rest(Rest::CreatePullRequest), 0),
    (Route::Rest(Rest::ChangePullRequest), 0),
];

/// The requests by which the writing steps after the merge begin. The wait may end without a request of its own: what it waits
/// for may be so when it begins.
const APPLYING: [(&str, Choice); 4] = [
    ("definitions", |line| is_write(line) && line.contains("/customresourcedefinitions/")),
    ("components", |line| is_write(line) && line.contains("/deployments/")),
    ("the secret", |line| is_write(line) && line.contains("/secrets")),
    // The Kustomization is sent beside the source.
    ("the sync", |line| is_write(line) && line.contains("/gitrepositories/flux-system?")),
];

fn is_write(line: &str) -> bool {
    (line.starts_with("PATCH ") || line.starts_with("POST ")) && !line.contains("dryRun")
}

fn guarded() -> Scene {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello")]);
    scene.fleet.policy("main", Policy::REVIEWERS, &serde_json::json!({}));
    scene
}

/// The pull requests that are open.
fn open(scene: &Scene) -> usize {
    scene.fleet.pull_requests().iter().filter(|it| it["status"] == "active").count()
}

/// Kills a run whose request of this route is met by the fault.
fn kill_proposing(scene: &Scene, (route, skip): (Route, usize), fault: &Fault) {
    scene.azure.forget_traffic();
    scene.azure.fault_after(route, skip, 1, fault.clone());
    let running = scene.bootstrap(&FLAGS).spawn();
    wait_for(&format!("{route:?}"), Duration::from_secs(120), || {
        // A request that is not answered is recorded without a status.
        scene.azure.traffic().iter().any(|it| it.route == Some(route) && it.status == 0).then_some(())
    });
    running.signal("KILL");
    assert!(running.wait().code() <= 0, "{route:?}");
    scene.azure.no_faults();
}

fn killed_proposing(fault: &Fault) {
    let scene = guarded();
    for step in PROPOSING {
        kill_proposing(&scene, step, fault);
        assert_untouched(&scene);
        scene.bootstrap(&FLAGS).run().assert_code(8);
        assert_eq!(open(&scene), 1, "{step:?}");
        let log = scene.fleet.log(SOURCE);
        assert_eq!(log.len(), 2, "{step:?}: one commit on the target's: {log:?}");
        let requests = scene.fleet.pull_requests();
        let request = requests.iter().find(|it| it["status"] == "active").unwrap();
        assert!(request["autoCompleteSetBy"]["id"].is_string(), "{step:?}: {request}");
        assert_untouched(&scene);
        // As before the first run, but for the numbers of pull requests.
        (1..).take(requests.len()).for_each(|id| scene.fleet.abandon_request(id));
        scene.fleet.delete_branch(SOURCE);
    }
}

#[test]
fn killed_before_any_step_of_a_proposal_the_next_run_has_one_pull_request() {
    killed_proposing(&Fault::Hang);
}

#[test]
fn killed_after_any_step_of_a_proposal_the_next_run_has_one_pull_request() {
    killed_proposing(&Fault::AnswerLate);
}

#[test]
fn killed_at_any_look_of_a_wait_the_next_run_waits_for_the_same_pull_request() {
    let scene = guarded();
    for (route, skip) in
        [(Route::AdvertiseFetch, 1), (Route::Rest(Rest::PullRequest), 1), (Route::Rest(Rest::Evaluations), 0)]
    {
        scene.azure.forget_traffic();
        scene.azure.fault_after(route, skip, 1, Fault::Hang);
        let running = scene.bootstrap(&[&FLAGS[..], &["--pr-wait=30m"]].concat()).spawn();
        wait_for(&format!("{route:?}"), Duration::from_secs(120), || {
            scene.azure.traffic().iter().any(|it| it.route == Some(route) && it.status == 0).then_some(())
        });
        running.signal("KILL");
        assert!(running.wait().code() <= 0, "{route:?}");
        scene.azure.no_faults();
        scene.bootstrap(&FLAGS).run().assert_code(8);
        assert_eq!((open(&scene), scene.fleet.pull_requests().len()), (1, 1), "{route:?}");
        assert_untouched(&scene);
    }
}

/// Kills a run at each step after the merge, each going on where the one before was killed, and completes the last.
fn killed_applying(fault: ApiFault) {
    let scene = guarded();
    scene.bootstrap(&FLAGS).run().assert_code(8);
    scene.fleet.complete_request(1, Strategy::Squash);
    let front = ApiFront::start(&scene.plane);
    Puppets::play(&scene.plane, &scene.fleet, || {
        for (step, choice) in APPLYING {
            front.clear();
            front.fault_after(choice, 0, fault);
            let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&front.kubeconfig(&scene.plane));
            let running = bootstrap(&env, &scene.azure, &scene.fleet, &FLAGS).spawn();
            wait_for(step, Duration::from_secs(120), || front.has_faulted().then_some(()));
            running.signal("KILL");
            assert!(running.wait().code() <= 0, "{step}");
        }
        scene.bootstrap(&FLAGS).run().assert_success();
    });
    assert_eq!((open(&scene), scene.fleet.pull_requests().len(), scene.fleet.log("main").len()), (0, 1, 2));
    assert_eq!(scene.plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
}

#[test]
fn killed_before_any_step_after_the_merge_the_next_run_proposes_nothing_more() {
    killed_applying(ApiFault::Silent);
}
