//! Names that cannot be meant: backslashes for slashes, and variables whose values nobody has put in.

use super::Scene;
use super::found::record_found;
use crate::support::{Invocation, Output, timeout};

/// A bootstrap that must end before anything was asked of any server.
fn without_a_request(scene: &Scene, bootstrap: Invocation) -> Output {
    let run = bootstrap.run();
    run.assert_code(2);
    assert!(scene.azure.traffic().is_empty() && scene.azure.calls() == 0, "a request was made");
    run
}

#[test]
fn a_path_that_windows_or_the_archive_cannot_hold_is_refused_with_the_right_form() {
    let scene = Scene::new();
    let run = without_a_request(&scene, scene.bootstrap(&["--path=clusters\\staging"]));
    run.assert_stderr_contains("write `clusters/staging`");
    record_found("`--path` holds a backslash", &run, "slashes");
    for (path, name) in [("clusters/a:b", "a:b"), ("clusters/old../a", "old.."), ("clusters/NUL", "NUL")] {
        let run = without_a_request(&scene, scene.bootstrap(&[&format!("--path={path}")]));
        run.assert_stderr_contains(&format!("contains `{name}`, which cannot be a folder on Windows"));
    }
}

#[test]
fn a_name_in_the_repository_that_the_controllers_cannot_unpack_is_warned_of() {
    let scene = Scene::new();
    scene.fleet.commit("main", "Add a note", &[("docs\\note.md", "a note\n")]);
    let run = scene.bootstrap(&["--dry-run"]).run();
    run.assert_success().assert_stderr_contains("the repository holds `docs\\note.md`, which Flux cannot unpack");
    record_found("the repository holds a name with a backslash", &run, "rename it, or leave it out by `.sourceignore`");
    // It is as the warning says.
    scene.bootstrap(&[&timeout(20)]).run().assert_code(6);
    scene.fleet.commit("main", "Leave it out", &[(".sourceignore", "/docs*\n")]);
    scene.bootstrap(&[]).run().assert_success();
}

#[test]
fn a_variable_that_nobody_put_in_is_named_before_any_request() {
    let scene = Scene::new();
    let run = without_a_request(&scene, scene.bootstrap(&["--path=clusters/$(Environment)"]));
    run.assert_stderr_contains("`--path` holds `$(Environment)`, a variable whose value nobody has put in");
    record_found("a variable stands where its value belongs", &run, "define the variable where the command runs");
    let flags = [
        ("--branch=${BRANCH}", "`--branch` holds `${BRANCH}`"),
        ("--path=clusters/%ENV%", "`--path` holds `%ENV%`"),
        ("--path=clusters/{{ env }}", "`--path` holds `{{ env }}`"),
        ("--secret-name=$(SECRET)", "`--secret-name` holds `$(SECRET)`"),
        ("--namespace=$(NAMESPACE)", "`--namespace` holds `$(NAMESPACE)`"),
    ];
    for (flag, words) in flags {
        without_a_request(&scene, scene.bootstrap(&[flag])).assert_stderr_contains(words);
    }
    // A token is not repeated, wherever it comes from.
    let run = without_a_request(&scene, scene.bootstrap(&[]).stdin("").env("GIT_PASSWORD", "$(AZDO_PAT)"));
    run.assert_stderr_contains("`GIT_PASSWORD` holds the name of a variable instead of a token")
        .assert_stderr_contains("`GIT_PASSWORD: $(<name of the variable>)`")
        .assert_stderr_lacks("AZDO_PAT");
    record_found("a token is the name of a variable", &run, "the step's `env:` lines");
    let run = without_a_request(&scene, scene.bootstrap(&[]).stdin("$(AZDO_PAT)\n"));
    run.assert_stderr_contains("the token is the name of a variable whose value nobody has put in")
        .assert_stderr_lacks("AZDO_PAT");
}
