//! What Azure DevOps tells of a push before it: permissions, and the policies of the branch.

use serde_json::{Value, json};

use crate::support::{Fault, Identity, Output, Policy, Rest, Route, Scene};

const TOKEN: &str = "token-of-somebody-else-4713";

/// A branch with a policy that wants reviewers, and somebody who is admitted instead of the scene's own identity.
fn guarded(identity: Identity) -> Scene {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello\n")]);
    scene.fleet.policy("main", Policy::REVIEWERS, &json!({"minimumApproverCount": 1}));
    scene.azure.admit(identity);
    scene
}

fn jane() -> Identity {
    Identity::contributor("Jane", TOKEN)
}

fn bootstrap(scene: &Scene, flags: &[&str]) -> Output {
    scene.bootstrap(flags).stdin(TOKEN).run()
}

#[test]
fn a_policy_that_this_identity_may_not_bypass_is_named_before_the_push() {
    let scene = guarded(jane());
    let run = bootstrap(&scene, &[]);
    run.assert_code(4)
        .assert_stderr_contains("branch `main` takes pull requests alone: policy `Minimum number of reviewers`")
        .assert_stderr_contains("--pull-request")
        .assert_stderr_contains("nothing was pushed or applied");
    assert_eq!(scene.azure.count(Route::Push), 0);
    bootstrap(&scene, &["--dry-run"]).assert_code(4);
}

#[test]
fn who_may_bypass_policies_pushes_and_optional_ones_forbid_nothing() {
    let scene = guarded(jane().exempt());
    bootstrap(&scene, &[]).assert_success();

    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello\n")]);
    scene.fleet.policy("main", Policy::OPTIONAL_WORK_ITEMS, &json!({}));
    scene.bootstrap(&[]).run().assert_success();
    scene.azure.forget_traffic();
    scene.bootstrap(&[]).run().assert_success();
    assert_eq!(scene.azure.calls(), 0, "a run that pushes nothing asks nothing");
}

#[test]
fn what_the_service_does_not_tell_is_said_and_the_push_is_tried() {
    let scene = guarded(jane().without_answers_on_permissions());
    let planned = bootstrap(&scene, &["--dry-run"]);
    planned.assert_success();
    for what in
        ["? permission \"Contribute\" for the push to `main`: ", "? permission \"Bypass policies when pushing\""]
    {
        planned.assert_stdout_contains(what);
    }
    let planned = bootstrap(&scene, &["--dry-run", "--output=json"]);
    let plan: Value = serde_json::from_str(planned.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(plan["unproven"][0]["state"], "unknown");

    let run = bootstrap(&scene, &[]);
    run.assert_code(4).assert_stderr_contains("TF402455");
    assert_eq!(scene.azure.count(Route::Push), 1);
}

#[test]
fn what_a_server_says_while_it_refuses_a_push_is_shown_without_asking_for_it() {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello\n")]);
    let speech = (1..=30).map(|number| format!("rule {number} \u{1b}[31mis broken\n")).collect::<String>();
    scene.fleet.say(&format!("Commits name a ticket, see https://wiki.example.com/tickets\n{speech}"));
    scene.fleet.refuse("main", "pre-receive hook declined");
    let run = scene.bootstrap(&[]).run();
    run.assert_code(4).assert_stderr_contains("rejected the push to branch `main`: pre-receive hook declined");
    run.assert_stderr_contains(
        "the server says:\n    Commits name a ticket, see https://wiki.example.com/tickets\n    rule 1 ",
    );
    run.assert_stderr_contains("    and 19 lines more, with --verbose\n").assert_stderr_lacks("Storing packfile");
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);

    // A number that is known there is known as in the reason itself.
    scene.fleet.say("TF402455: Pushes to this branch are not permitted.\n");
    let run = scene.bootstrap(&[]).run();
    run.assert_code(4)
        .assert_stderr_contains("the server says: TF402455")
        .assert_stderr_contains("A branch policy demands");
    scene.bootstrap(&["--verbose"]).run().assert_stderr_contains("  remote: TF402455");
}

#[test]
fn an_api_in_trouble_stops_no_push() {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello\n")]);
    let nonsense = Fault::Answer(200, "application/json".into(), "[1,2".into());
    for (call, fault) in [
        (Rest::Repository, Fault::Status(500)),
        (Rest::Repository, Fault::SignInPage),
        (Rest::Permissions, nonsense),
        (Rest::Policies, Fault::Reset),
    ] {
        scene.azure.fault(Route::Rest(call), 1, fault);
        let planned = scene.bootstrap(&["--dry-run"]).run();
        planned.assert_success().assert_stdout_contains("Not known beforehand:\n   ? ");
    }
    scene.azure.fault(Route::Rest(Rest::Repository), 1, Fault::Hang);
    scene.bootstrap(&[]).run().assert_success();
}

#[test]
fn a_missing_permission_is_named_before_the_push() {
    let scene = Scene::new();
    scene.fleet.commit("main", "Seed", &[("README.md", "hello\n")]);
    let new = "--url=https://dev.azure.com/acme/platform/_git/first";
    for (permission, flags, title) in [
        ("GenericContribute", &[][..], "\"Contribute\""),
        ("CreateBranch", &["--branch=prod", "--create-branch=true"], "\"Create branch\""),
        ("CreateRepository", &[new, "--create-repository=true"], "\"Create repository\""),
    ] {
        scene.azure.admit(jane().without(permission));
        let run = bootstrap(&scene, flags);
        run.assert_code(3)
            .assert_stderr_contains(&format!("this identity has not the permission {title} in project `platform`"));
        run.assert_stderr_contains("nothing was pushed or applied");
        scene.azure.revoke(TOKEN);
    }
    assert_eq!(scene.azure.count(Route::Push), 0);
    assert!(scene.azure.traffic().iter().all(|request| request.route != Some(Route::Rest(Rest::CreateRepository))));
}
