//! Policies that ask for more than a pull request: approvals that a push takes back, work items, a merge strategy.

use serde_json::json;

use super::{COMPONENTS, SOURCE};
use crate::safety::json::lines;
use crate::safety::puppets::Puppets;
use crate::support::{Policy, Rest, Route, SOON, Scene, Strategy, wait_for};

fn with(policy: Policy, settings: &serde_json::Value) -> Scene {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello")]);
    scene.fleet.policy("main", policy, settings);
    scene
}

#[test]
fn an_approval_that_a_push_takes_back_is_waited_for_again() {
    let scene = with(Policy::REVIEWERS, &json!({"resetOnSourcePush": true}));
    let asks_again = || {
        scene.azure.forget_traffic();
        let asked = || scene.azure.count(Route::Rest(Rest::Evaluations));
        wait_for("a look at the policies", SOON, || (asked() > 0).then_some(()));
    };
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        let run = scene.bootstrap(&["--pull-request", "--pr-wait=30m", "-o=json", COMPONENTS]).spawn();
        wait_for("a pull request", SOON, || scene.fleet.pull_requests().first().map(drop));
        asks_again();
        scene.fleet.evaluate(1, "approved", None);
        asks_again();
        let source = scene.fleet.tip(SOURCE).unwrap();
        let file = "clusters/a/flux-system/gotk-components.yaml";
        scene.fleet.commit("main", "Someone else writes the same file", &[(file, "# mine\n")]);
        wait_for("another commit", SOON, || scene.fleet.tip(SOURCE).filter(|tip| *tip != source));
        wait_for("the approval is gone", SOON, || (scene.fleet.evaluation(1) == "queued").then_some(()));
        asks_again();
        scene.fleet.evaluate(1, "approved", None);
        asks_again();
        scene.fleet.complete_request(1, Strategy::Squash);
        run.wait()
    });
    let told = lines(run.assert_success());
    let mut said: Vec<&str> = told
        .iter()
        .filter(|line| line["event"] == "pull-request-waiting")
        .filter_map(|line| line["policies"][0]["status"].as_str())
        .collect();
    said.dedup();
    assert_eq!(said, ["queued", "approved", "queued", "approved"]);
    assert_eq!(scene.fleet.pull_requests().len(), 1);
}

#[test]
fn work_items_that_a_policy_asks_for_are_told_before_the_push_and_in_the_wait() {
    let scene = with(Policy::WORK_ITEMS, &json!({}));
    let asks =
        "the branch's policies ask for a linked work item: name one with --pr-work-item, or link one on the page";
    let run = scene.bootstrap(&["--pull-request", COMPONENTS]).run();
    run.assert_code(8)
        .assert_stderr_contains(asks)
        .assert_stderr_contains("caused by: policy \"Work item linking\" is rejected");
    scene.fleet.abandon_request(1);
    scene.fleet.delete_branch(SOURCE);
    let run = scene.bootstrap(&["--pull-request", "--pr-work-item=12", COMPONENTS]).run();
    run.assert_code(8).assert_stderr_lacks(asks).assert_stderr_lacks("Work item linking");
}

#[test]
fn a_merge_strategy_that_a_policy_forbids_is_told_and_an_allowed_one_is_chosen() {
    let scene = with(Policy::MERGE_STRATEGY, &json!({"allowRebase": true, "allowNoFastForward": false}));
    let forbidden = ["--pull-request", "--pr-auto-complete", "--pr-merge-strategy=squash", COMPONENTS, "--dry-run"];
    scene
        .bootstrap(&forbidden)
        .run()
        .assert_stderr_contains("the branch's policies do not allow `--pr-merge-strategy=squash`, but rebase");
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        scene.bootstrap(&["--pull-request", "--pr-wait=30m", "--pr-auto-complete", COMPONENTS]).run()
    });
    run.assert_success();
    let request = scene.fleet.pull_requests().remove(0);
    assert_eq!(request["completionOptions"]["mergeStrategy"], "rebase");
    assert_eq!((&request["status"], scene.fleet.log("main").len()), (&json!("completed"), 2));
}
