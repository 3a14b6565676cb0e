//! Branches and repositories that are not there yet and are to be made: `--create-branch`, `--create-repository`.

use serde_json::{Value, json};

use crate::support::{Fault, Hold, Identity, Output, Rest, Route, Scene, declare_secret};

const NEW: &str = "--url=https://dev.azure.com/acme/platform/_git/first";
const TOKEN: &str = "token-of-somebody-else-4712";

fn events(run: &Output) -> Vec<Value> {
    run.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn a_branch_starts_at_the_tip_of_the_default_one() {
    let scene = Scene::new();
    let main = scene.fleet.commit("main", "Seed", &[("README.md", "hello\n")]);
    scene.fleet.commit("other", "Other", &[("other", "x\n")]);
    let without = scene.bootstrap(&["--branch=prod"]).run();
    without.assert_code(1).assert_stderr_contains("have it made with --create-branch");

    let planned = scene.bootstrap(&["--branch=prod", "--create-branch=true", "--dry-run"]).run();
    planned.assert_success().assert_stdout_contains("Commit to `prod`, a new branch from `main`: ");
    assert_eq!(scene.fleet.tip("prod"), None);

    scene.bootstrap(&["--branch=prod", "--create-branch=true"]).run().assert_success();
    let log = scene.fleet.log("prod");
    assert_eq!(log[0].parents, [main], "our commit follows the default branch's tip");
    assert_eq!((log.len(), scene.fleet.log("main").len()), (2, 1));
    assert!(scene.fleet.files("prod").contains(&"README.md".to_owned()));
    let calls = scene.azure.traffic().into_iter().filter(|request| matches!(request.route, Some(Route::Rest(_))));
    assert!(calls.into_iter().all(|request| request.method == "GET"), "a branch takes no REST");

    let again = scene.bootstrap(&["--branch=prod", "--create-branch=true", "--timeout=90s"]).run();
    again.assert_success().assert_stderr_contains("component and sync manifests are up to date");
}

#[test]
fn a_branch_that_holds_everything_from_the_start_is_made_all_the_same() {
    let scene = Scene::new();
    scene.bootstrap(&["--branch=prod"]).run().assert_success();
    let tip = scene.fleet.tip("prod").unwrap();
    scene.fleet.git(&["update-ref", "refs/heads/main", &tip], b"");
    scene.fleet.delete_branch("prod");
    scene.bootstrap(&["--branch=prod", "--create-branch=true"]).run().assert_success();
    assert_eq!(scene.fleet.log("prod")[0].parents, [tip]);
}

#[test]
fn somebody_else_may_make_the_branch_first() {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello\n")]);
    scene.fleet.race("prod", 1, &[("theirs", "x\n")]);
    scene.bootstrap(&["--branch=prod", "--create-branch=true"]).run().assert_success();
    let files = scene.fleet.files("prod");
    assert!(files.contains(&"theirs".to_owned()), "{files:?}");
    assert!(files.contains(&"clusters/a/flux-system/gotk-sync.yaml".to_owned()), "{files:?}");
}

#[test]
fn a_repository_is_made_in_its_project_with_the_branch_as_its_default() {
    let scene = Scene::new();
    let planned = scene.bootstrap(&[NEW, "--branch=prod", "--create-repository=true", "--dry-run"]).run();
    planned.assert_success();
    for text in ["1. Make repository `first` in project `platform`", "Make `prod` the default branch, if it is not"] {
        planned.assert_stdout_contains(text);
    }
    assert!(scene.azure.traffic().iter().all(|request| request.method != "PATCH"));

    let run = scene.bootstrap(&[NEW, "--branch=prod", "--create-repository=true", "--output=json"]).run();
    run.assert_success();
    let made = events(&run).into_iter().find(|event| event["event"] == "repository-created").unwrap();
    assert_eq!((&made["name"], &made["project"]), (&json!("first"), &json!("platform")));
    let first = scene.azure.existing("acme", "platform", "first");
    assert_eq!(first.plumbing(&["symbolic-ref", "HEAD"], ""), "refs/heads/prod");
    assert!(first.files("prod").contains(&"clusters/a/flux-system/gotk-sync.yaml".to_owned()));

    scene.azure.forget_traffic();
    scene.bootstrap(&[NEW, "--branch=prod", "--create-repository=true"]).run().assert_success();
    assert_eq!(scene.azure.calls(), 0, "a run that pushes nothing asks nothing");
}

#[test]
fn a_repository_that_somebody_else_makes_first_is_as_good() {
    let scene = Scene::new();
    // The second run looks before the first one creates, and creates after it.
    let hold = Hold::default();
    scene.azure.fault(Route::Rest(Rest::CreateRepository), 1, Fault::Held(hold.clone()));
    let late = scene.bootstrap(&[NEW, "--create-repository=true", "--output=json"]).spawn();
    hold.meanwhile(|| scene.azure.repository("acme", "platform", "first").seed(&[("README.md", "theirs\n")]));
    let run = late.wait();
    run.assert_success();
    assert!(events(&run).iter().all(|event| event["event"] != "repository-created"));
    let first = scene.azure.existing("acme", "platform", "first");
    assert_eq!(first.file("main", "README.md"), "theirs\n");
    assert!(first.files("main").contains(&"clusters/a/flux-system/gotk-sync.yaml".to_owned()));
}

#[test]
fn a_default_branch_that_cannot_be_set_is_a_warning() {
    let scene = Scene::new();
    scene.azure.fault(Route::Rest(Rest::ChangeRepository), 9, Fault::Status(403));
    let run = scene.bootstrap(&[NEW, "--branch=prod", "--create-repository=true"]).run();
    run.assert_success().assert_stderr_contains("`prod` could not be made the default branch");
}

#[test]
fn a_project_is_never_made_and_a_token_must_do_for_a_repository() {
    let scene = Scene::new();
    let elsewhere = "--url=https://dev.azure.com/acme/plattform/_git/first";
    let run = scene.bootstrap(&[elsewhere, "--create-repository=true"]).run();
    run.assert_code(3).assert_stderr_contains("project `plattform` does not exist in organisation `acme`");

    declare_secret(TOKEN);
    for (identity, says) in [
        (
            Identity::contributor("Jane", TOKEN).with_scopes(&["vso.code", "vso.project"]),
            "cannot make repository `first`",
        ),
        (
            Identity::contributor("Jane", TOKEN).without("CreateRepository"),
            "has not the permission \"Create repository\"",
        ),
        (
            Identity::contributor("Jane", TOKEN).without("CreateRepository").without_answers_on_permissions(),
            "'CreateRepository' permission",
        ),
    ] {
        scene.azure.admit(identity);
        let run = scene.bootstrap(&[NEW, "--create-repository=true"]).stdin(TOKEN).run();
        run.assert_code(3).assert_stderr_contains(says);
        assert!(run.stderr.contains("nothing was pushed or applied"), "{}", run.stderr);
        scene.azure.revoke(TOKEN);
    }
    for (url, says) in [
        ("--url=https://git.example.com/fleet", "works at Azure DevOps alone"),
        ("--url=ssh://git@ssh.dev.azure.com/v3/acme/platform/first", "needs a `--url` over https"),
    ] {
        scene.bootstrap(&[url, "--create-repository=true"]).run().assert_code(2).assert_stderr_contains(says);
    }
}
