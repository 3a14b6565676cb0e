//! Pull requests where the branch or the repository is still to be made: what is new cannot be proposed to, so the first commit
//! goes to it directly.

use serde_json::json;

use super::{COMPONENTS, SOURCE};
use crate::safety::puppets::Puppets;
use crate::support::{Fault, Policy, Rest, Route, SOON, Scene, wait_for};

#[test]
fn a_branch_that_is_made_gets_the_first_commit_and_later_ones_by_pull_request() {
    let scene = Scene::new();
    scene.fleet.commit("other", "Seed", &[("README.md", "hello")]);
    scene.fleet.plumbing(&["symbolic-ref", "HEAD", "refs/heads/other"], "");
    let flags = ["--pull-request", "--create-branch", COMPONENTS];
    let plan = scene.bootstrap(&[&flags[..], &["--dry-run"]].concat()).run();
    plan.assert_success().assert_stdout_contains("Commit to `main`, a new branch from `other`: ");
    let run = Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&flags).run());
    run.assert_success();
    assert_eq!((scene.fleet.pull_requests().len(), scene.fleet.log("main").len()), (0, 2));

    scene.fleet.policy("main", Policy::REVIEWERS, &json!({}));
    let run = scene
        .bootstrap(&["--pull-request", "--create-branch", COMPONENTS, "--components-extra=image-reflector-controller"])
        .run();
    run.assert_code(8).assert_stderr_contains("opened pull request 1");
    assert_eq!(scene.fleet.log(SOURCE).len(), 3);
}

#[test]
fn a_branch_that_is_made_meanwhile_gets_a_pull_request() {
    let scene = Scene::new();
    scene.fleet.commit("other", "Seed", &[("README.md", "hello")]);
    scene.fleet.plumbing(&["symbolic-ref", "HEAD", "refs/heads/other"], "");
    // Somebody makes it, protected, just before the push.
    scene.fleet.race("main", 1, &[("theirs", "x\n")]);
    let run = scene.bootstrap(&["--pull-request", "--create-branch", COMPONENTS]).run();
    run.assert_code(8).assert_stderr_contains("opened pull request 1");
    assert_eq!(scene.fleet.log("main").len(), 1, "theirs alone");
    assert!(scene.fleet.files(SOURCE).contains(&"theirs".to_owned()));
}

const FIRST: &str = "--url=https://dev.azure.com/acme/platform/_git/first";

#[test]
fn killed_around_the_making_of_a_repository_a_run_is_completed_by_the_next() {
    for is_made in [false, true] {
        let scene = Scene::new();
        let flags = [FIRST, "--pull-request", "--create-repository", COMPONENTS];
        let call = Route::Rest(Rest::CreateRepository);
        scene.azure.fault(call, 1, if is_made { Fault::AnswerLate } else { Fault::Hang });
        let run = scene.bootstrap(&flags).spawn();
        wait_for("the call", SOON, || scene.azure.traffic().iter().any(|it| it.route == Some(call)).then_some(()));
        run.signal("KILL");
        assert_eq!(run.wait().code(), -1);
        assert_eq!(scene.azure.has("acme", "platform", "first"), is_made);
        scene.bootstrap(&flags).run().assert_success();
        let first = scene.azure.existing("acme", "platform", "first");
        assert_eq!((first.log("main").len(), first.pull_requests().len()), (1, 0), "made: {is_made}");
        assert_eq!(first.plumbing(&["symbolic-ref", "HEAD"], ""), "refs/heads/main");
    }
}
