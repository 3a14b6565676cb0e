//! Pull requests that this program opens and follows at Azure DevOps, over the API of a stand-in whose merges git makes.

use serde_json::{Value, json};

use super::{COMPONENTS, SOURCE, assert_untouched, propose_twelve_times_at_once, protected};
use crate::safety::json::lines;
use crate::safety::puppets::Puppets;
use crate::support::{AzureDevOps, Fault, Identity, Policy, Rest, Route, SOON, Scene, Strategy, wait_for};

const JANE: [&str; 3] = ["7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11", "Jane Doe", "jane@example.com"];

/// A repository whose main branch takes pull requests alone, by a policy that the API knows.
fn guarded() -> Scene {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello"), ("apps/a.yaml", "a: 1\n")]);
    scene.fleet.policy("main", Policy::REVIEWERS, &json!({}));
    let [id, name, mail] = JANE;
    scene.azure.person("acme", id, name, mail);
    scene
}

fn only(scene: &Scene) -> Value {
    let all = scene.fleet.pull_requests();
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

#[test]
fn a_pull_request_is_opened_with_all_that_is_asked_for() {
    let scene = guarded();
    let flags = [
        "--pull-request",
        "--pr-title=Bring Flux here",
        "--pr-required-reviewer=jane@example.com",
        "--pr-work-item=12",
        "--pr-label=flux",
        "--pr-draft",
        COMPONENTS,
    ];
    let run = scene.bootstrap(&flags).run();
    run.assert_code(8)
        .assert_stderr_contains("opened pull request 1: https://dev.azure.com/acme/platform/_git/fleet/pullrequest/1")
        .assert_stderr_contains("caused by: it is a draft")
        .assert_stderr_contains("policy \"Minimum number of reviewers\" is queued");
    assert_untouched(&scene);
    let request = only(&scene);
    assert_eq!(request["sourceRefName"], format!("refs/heads/{SOURCE}"));
    assert_eq!((&request["targetRefName"], &request["title"]), (&json!("refs/heads/main"), &json!("Bring Flux here")));
    assert_eq!(request["reviewers"], json!([{"id": JANE[0], "isRequired": true}]));
    assert_eq!(request["workItemRefs"], json!([{"id": "12"}]));
    assert_eq!((&request["labels"], &request["isDraft"]), (&json!([{"name": "flux"}]), &json!(true)));
    let description = request["description"].as_str().unwrap();
    assert!(description.contains("Apply the components") && description.contains("bootstrap git"), "{description}");

    // Once more: the same one is followed.
    let run = scene.bootstrap(&flags).run();
    run.assert_code(8).assert_stderr_contains("pull request 1 is open");
    only(&scene);
}

#[test]
fn twelve_runs_at_once_open_one_pull_request() {
    let scene = guarded();
    propose_twelve_times_at_once(&scene);
    only(&scene);
}

#[test]
fn an_answer_that_is_lost_makes_no_second_pull_request() {
    let scene = guarded();
    scene.azure.fault(Route::Rest(Rest::CreatePullRequest), 1, Fault::AnswerLost);
    scene.bootstrap(&["--pull-request"]).run().assert_code(8).assert_stderr_contains("pull request 1");
    only(&scene);
}

#[test]
fn it_completes_by_itself_once_it_is_approved_and_the_run_goes_on() {
    let scene = guarded();
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        let flags = ["--pull-request", "--pr-wait=30m", "--pr-auto-complete", "--pr-merge-strategy=squash", COMPONENTS];
        let run = scene.bootstrap(&[&flags[..], &["-o=json"]].concat()).spawn();
        wait_for("auto-complete", SOON, || {
            scene.fleet.pull_requests().first().filter(|it| it["autoCompleteSetBy"].is_object()).map(drop)
        });
        scene.fleet.evaluate(1, "approved", None);
        run.wait()
    });
    let told = lines(run.assert_success());
    let named = |name: &str| told.iter().filter(|line| line["event"] == name).cloned().collect::<Vec<_>>();
    assert_eq!(named("pull-request-opened")[0]["created"], true);
    assert!(!named("pull-request-waiting").is_empty());
    let completed = &named("pull-request-completed")[0];
    assert_eq!(completed["commit"], scene.fleet.tip("main").unwrap());
    assert_eq!(completed["by"], "Build\\7c1a2f4e");
    let report = told.last().unwrap();
    assert_eq!((&report["pullRequest"]["id"], &report["pullRequest"]["status"]), (&json!(1), &json!("completed")));
    assert_eq!(scene.fleet.branches(), ["main"], "the source branch is deleted");
    assert_eq!(scene.fleet.log("main").len(), 2);
}

#[test]
fn an_abandoned_one_ends_the_wait_and_is_not_opened_again() {
    let scene = guarded();
    let run = scene.bootstrap(&["--pull-request", "--pr-wait=30m"]).spawn();
    wait_for("a pull request", SOON, || scene.fleet.pull_requests().first().map(drop));
    scene.fleet.abandon_request(1);
    run.wait().assert_code(4).assert_stderr_contains("pull request 1 into `main` was abandoned by Jane Doe");
    scene
        .bootstrap(&["--pull-request"])
        .run()
        .assert_code(7)
        .assert_stderr_contains("pull request 1 with this change was abandoned by Jane Doe");
    only(&scene);
    scene.fleet.delete_branch(SOURCE);
    scene.bootstrap(&["--pull-request"]).run().assert_code(8);
    assert_eq!(scene.fleet.pull_requests().len(), 2);
}

#[test]
fn one_that_was_completed_and_taken_back_is_proposed_anew() {
    let scene = guarded();
    scene.bootstrap(&["--pull-request", COMPONENTS]).run().assert_code(8);
    scene.fleet.complete_request(1, Strategy::NoFastForward);
    scene.fleet.commit("main", "Take it back", &[("clusters/a/flux-system/gotk-components.yaml", "# gone\n")]);
    scene
        .bootstrap(&["--pull-request", COMPONENTS])
        .run()
        .assert_code(8)
        .assert_stderr_contains("opened pull request 2");
    scene.fleet.complete_request(2, Strategy::Squash);
    let run = Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&["--pull-request", COMPONENTS]).run());
    run.assert_success();
}

/// Runs as somebody else, who is refused before anything is pushed.
fn refused_as(scene: &Scene, identity: impl FnOnce(&str) -> Identity, flags: &[&str], code: i32, words: &str) {
    const TOKEN: &str = "an-0ther-t0ken-of-the-bed-19c4";
    scene.azure.admit(identity(TOKEN));
    let flags = [&["--pull-request"], flags].concat();
    let run = scene.bootstrap(&flags).stdin(TOKEN).run();
    run.assert_code(code).assert_stderr_contains(words);
    assert_eq!(scene.fleet.branches(), ["main"], "nothing was pushed");
}

#[test]
fn what_speaks_against_it_is_found_before_the_push() {
    let identity = |token: &str| Identity::contributor("Robot", token);
    let words = "lacks the permission \"Contribute to pull requests\"";
    refused_as(&guarded(), |token| identity(token).without("PullRequestContribute"), &[], 3, words);
    let words = "lacks the permission \"Create branch\"";
    refused_as(&guarded(), |token| identity(token).without("CreateBranch"), &[], 3, words);
    refused_as(&guarded(), identity, &["--pr-reviewer=nobody@example.com"], 2, "names nobody in this organisation");
    let scene = guarded();
    scene.azure.person("acme", "8f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a12", "Jane Doerr", "jane@example.org");
    refused_as(&scene, identity, &["--pr-reviewer=jane"], 2, "may mean several");
    let scopes = |token: &str| identity(token).with_scopes(&["vso.code_write"]);
    refused_as(&guarded(), scopes, &["--pr-reviewer=jane@example.com"], 3, "Name reviewers by their GUIDs");
}

#[test]
fn rights_that_are_not_told_are_named_in_the_plan() {
    let scene = guarded();
    let token = "a-t0ken-that-is-told-n0thing-77d1";
    scene.azure.admit(Identity::contributor("Robot", token).without_answers_on_permissions());
    let plan = scene.bootstrap(&["--pull-request", "--dry-run"]).stdin(token).run();
    plan.assert_success().assert_stdout_contains("   ? whether this identity may open pull requests");
    scene.bootstrap(&["--pull-request"]).stdin(token).run().assert_code(8);
    only(&scene);
}

#[test]
fn a_run_that_pushes_nothing_asks_the_api_nothing() {
    let scene = guarded();
    scene.bootstrap(&["--pull-request", COMPONENTS]).run().assert_code(8);
    scene.fleet.complete_request(1, Strategy::Squash);
    scene.azure.forget_traffic();
    let run = Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&["--pull-request", COMPONENTS]).run());
    run.assert_success();
    assert_eq!(scene.azure.calls(), 0);
}

#[test]
fn trouble_of_the_service_does_not_end_the_wait() {
    let scene = guarded();
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        let run = scene.bootstrap(&["--pull-request", "--pr-wait=30m", COMPONENTS]).spawn();
        wait_for("a pull request", SOON, || scene.fleet.pull_requests().first().map(drop));
        let azure: &AzureDevOps = &scene.azure;
        azure.fault(Route::Rest(Rest::PullRequest), 1, Fault::Throttled(1));
        azure.fault(Route::Rest(Rest::PullRequest), 1, Fault::Answer(200, "text/html".into(), "<html>".into()));
        azure.fault(Route::Rest(Rest::Evaluations), 5, Fault::Status(500));
        scene.fleet.complete_request(1, Strategy::Rebase);
        run.wait()
    });
    run.assert_success();
}

#[test]
fn without_the_scope_for_the_api_the_branch_is_not_pushed() {
    let scene = protected();
    scene.azure.fault(Route::Rest(Rest::PullRequests), 1, Fault::SignInPage);
    let run = scene.bootstrap(&["--pull-request"]).run();
    run.assert_code(3).assert_stderr_contains("give it the scope Code (Read & write)");
    assert_eq!(scene.fleet.branches(), ["main"]);
}
