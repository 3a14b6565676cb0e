//! Changes that are proposed in a pull request, on a branch to which nobody may push, over real git.

mod azure;
mod branches;
mod deploy_keys;
mod killed;
mod killed_steps;
mod new_places;
mod over_ssh;
mod policies;
mod told;
mod waits;

use crate::safety::puppets::Puppets;
use crate::support::{Repository, Running, SOON, Scene, Strategy, TestEnv, bootstrap, wait_for};

/// The branch that proposes `clusters/a`.
const SOURCE: &str = "flux-bootstrap/flux-system/clusters-a";

const COMPONENTS: &str = "--components=source-controller,kustomize-controller";

/// A repository with a commit, to whose main branch nobody may push.
fn protected() -> Scene {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello"), ("apps/a.yaml", "a: 1\n")]);
    scene.fleet.require_pull_request("main");
    scene
}

/// Waits until the branch proposes something; gives its tip.
fn proposed(fleet: &Repository) -> String {
    wait_for("a proposal", SOON, || fleet.tip(SOURCE))
}

/// Twelve runs that each end with their proposal open.
fn propose_twelve_times_at_once(scene: &Scene) {
    let environments: Vec<TestEnv> =
        (0..12).map(|_| TestEnv::new().with_azure(&scene.azure).with_cluster(&scene.plane)).collect();
    let start = |env: &TestEnv| bootstrap(env, &scene.azure, &scene.fleet, &["--pull-request"]).spawn();
    let runs: Vec<Running> = environments.iter().map(start).collect();
    for run in runs {
        run.wait().assert_code(8);
    }
}

/// Nothing of Flux is in the cluster.
#[track_caller]
fn assert_untouched(scene: &Scene) {
    for (api, kind, name) in [
        ("v1", "Namespace", "flux-system"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "gitrepositories.source.toolkit.fluxcd.io"),
    ] {
        assert!(scene.plane.object(api, kind, "", name).is_none(), "{kind} {name} was applied");
    }
}

/// Starts a run that waits, completes its pull request, and gives the run once it has ended.
fn completed_while_waiting(scene: &Scene, strategy: Strategy) -> crate::support::Output {
    Puppets::play(&scene.plane, &scene.fleet, || {
        let run: Running = scene.bootstrap(&["--pull-request", "--pr-wait=30m", COMPONENTS]).spawn();
        proposed(&scene.fleet);
        scene.fleet.complete(SOURCE, "main", strategy).unwrap();
        run.wait()
    })
}

#[test]
fn a_first_bootstrap_through_a_protected_branch_takes_two_runs() {
    let scene = protected();
    let before = scene.fleet.tip("main").unwrap();
    let first = scene.bootstrap(&["--pull-request"]).run();
    first
        .assert_code(8)
        .assert_stderr_contains("branch `main` does not hold the change yet")
        .assert_stderr_contains("/acme/platform/_git/fleet/pullrequest/1")
        .assert_stderr_contains("bootstrap git --token-auth --path=clusters/a")
        .assert_stderr_contains("is pushed to `flux-bootstrap/flux-system/clusters-a`");
    assert_untouched(&scene);
    assert_eq!(scene.fleet.tip("main").unwrap(), before);
    let proposal = &scene.fleet.log(SOURCE)[0];
    assert_eq!(proposal.parents, [before]);
    assert_eq!(scene.fleet.files(SOURCE).len(), 5);

    scene.fleet.complete(SOURCE, "main", Strategy::Squash).unwrap();
    scene.fleet.delete_branch(SOURCE);
    scene.bootstrap(&["--pull-request"]).run().assert_success().assert_stderr_contains("all components are healthy");
    assert_eq!(scene.fleet.branches(), ["main"], "nothing more is proposed");
    assert_eq!(scene.fleet.log("main").len(), 2);
}

#[test]
fn an_empty_repository_is_pushed_to() {
    let scene = Scene::new();
    let run = Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&["--pull-request", COMPONENTS]).run());
    run.assert_success();
    assert_eq!(scene.fleet.branches(), ["main"]);
}
