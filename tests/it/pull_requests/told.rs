//! What a proposal looks like to people and machines.

use serde_json::{Value, json};

use super::{COMPONENTS, SOURCE, protected};
use crate::safety::json::lines;
use crate::safety::puppets::Puppets;
use crate::support::{Route, SOON, Strategy, declare_secret, wait_for};

#[test]
fn a_plan_shows_the_proposal_and_what_follows_it() {
    let scene = protected();
    let plan = scene.bootstrap(&["--pull-request", "--dry-run"]).run();
    plan.assert_success()
        .assert_stdout_contains("1. Commit to `flux-bootstrap/flux-system/clusters-a`: Add Flux")
        .assert_stdout_contains(
            "3. Open a pull request from `flux-bootstrap/flux-system/clusters-a` to `main`: Add Flux",
        )
        .assert_stdout_contains("\nAfter its completion:\n\n4. Apply the components\n");
    assert_eq!(scene.fleet.branches(), ["main"]);
    let plan = scene.bootstrap(&["--pull-request", "--dry-run", "-o=json"]).run();
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let steps: Vec<&str> = plan["steps"].as_array().unwrap().iter().filter_map(|step| step["step"].as_str()).collect();
    let expected =
        ["commit-files", "push", "open-pull-request", "apply-objects", "apply-secret", "apply-objects", "wait-ready"];
    assert_eq!(steps, expected);
    assert_eq!(plan["steps"][2]["source"], SOURCE);
}

#[test]
fn machines_read_where_the_pull_request_is_and_when_it_is_completed() {
    let scene = protected();
    let before = scene.fleet.tip("main").unwrap();
    let run = scene.bootstrap(&["--pull-request", "-o=json", COMPONENTS]).run();
    let told = lines(run.assert_code(8).assert_stderr(""));
    let report = told.last().unwrap();
    assert_eq!(
        (report["error"]["kind"].as_str(), report["error"]["exitCode"].as_u64()),
        (Some("pull-request"), Some(8))
    );
    assert_eq!(report["commit"], before, "the branch that the cluster follows is where it was");
    let page = report["pullRequest"]["url"].as_str().unwrap();
    assert!(page.ends_with("/acme/platform/_git/fleet/pullrequest/1"), "{page}");
    assert_eq!(report["pullRequest"], json!({"id": 1, "url": page, "status": "active"}));

    scene.azure.forget_traffic();
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        let run = scene.bootstrap(&["--pull-request", "--pr-wait=30m", "-o=json", COMPONENTS]).spawn();
        // It looked at both branches, and then at the target alone.
        wait_for("the wait", SOON, || (scene.azure.count(Route::AdvertiseFetch) > 2).then_some(()));
        scene.fleet.complete(SOURCE, "main", Strategy::Squash).unwrap();
        run.wait()
    });
    let told = lines(run.assert_success());
    let completed = told.iter().find(|line| line["event"] == "pull-request-completed").unwrap();
    let tip = scene.fleet.tip("main").unwrap();
    assert_eq!((&completed["commit"], &completed["by"]), (&json!(tip), &Value::Null));
    assert_eq!(told.last().unwrap()["pullRequest"]["status"], "completed");
    assert_eq!(told.last().unwrap()["commit"], tip);
}

#[test]
fn the_command_to_go_on_holds_no_secret() {
    const REGISTRY: &str = "r0bot-of-the-registry-55e1";
    let scene = protected();
    declare_secret(REGISTRY);
    let password = format!("--password={}", scene.azure.token());
    let registry = format!("--registry-creds=robot:{REGISTRY}");
    let flags = ["--pull-request", &password, &registry, "--image-pull-secret=registry"];
    let run = scene.bootstrap(&flags).run();
    // That no secret is shown is looked at after every run.
    run.assert_code(8).assert_stderr_contains("`GIT_PASSWORD=... ").assert_stderr_contains("--registry-creds=...");
}
