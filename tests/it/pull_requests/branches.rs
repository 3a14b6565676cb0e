//! The branch that proposes a change: made once, left alone, brought up to date.

use super::{COMPONENTS, SOURCE, propose_twelve_times_at_once, protected};
use crate::safety::puppets::Puppets;
use crate::support::{Route, Strategy};

#[test]
fn a_run_again_leaves_a_branch_that_holds_the_change() {
    let scene = protected();
    scene.bootstrap(&["--pull-request"]).run().assert_code(8);
    let source = scene.fleet.tip(SOURCE);
    scene.azure.forget_traffic();
    scene
        .bootstrap(&["--pull-request"])
        .run()
        .assert_code(8)
        .assert_stderr_contains("branch `flux-bootstrap/flux-system/clusters-a` holds the change already");
    assert_eq!(scene.fleet.tip(SOURCE), source);
    assert_eq!(scene.azure.count(Route::Push), 0);
}

#[test]
fn a_run_again_brings_the_branch_up_to_the_target() {
    let scene = protected();
    scene.bootstrap(&["--pull-request"]).run().assert_code(8);
    let source = scene.fleet.tip(SOURCE).unwrap();
    let target = scene.fleet.commit("main", "Someone else goes on", &[("apps/a.yaml", "a: 2\n"), ("new", "x")]);
    scene.bootstrap(&["--pull-request"]).run().assert_code(8);
    let log = scene.fleet.log(SOURCE);
    assert_eq!(log[0].parents, [source, target.clone()]);
    assert_eq!(scene.fleet.file(SOURCE, "apps/a.yaml"), "a: 2\n");
    assert_eq!(scene.fleet.files(SOURCE).len(), 6);
    scene.fleet.complete(SOURCE, "main", Strategy::NoFastForward).unwrap();
}

#[test]
fn who_loses_the_race_to_the_source_branch_goes_on_from_both() {
    let scene = protected();
    scene.bootstrap(&["--pull-request", "--pr-branch=shared"]).run().assert_code(8);
    scene.fleet.commit("main", "Someone else goes on", &[("apps/a.yaml", "a: 2\n")]);
    scene.fleet.race("shared", 1, &[("theirs.yaml", "t: 1\n")]);
    scene.bootstrap(&["--pull-request", "--pr-branch=shared"]).run().assert_code(8);
    let log = scene.fleet.log("shared");
    assert!(log[1].message.starts_with("Change 1 by someone else"), "{log:?}");
    assert_eq!(log[0].parents, [log[1].id.clone(), scene.fleet.tip("main").unwrap()]);
    assert!(!scene.fleet.files("shared").contains(&"theirs.yaml".to_owned()), "the tree is the target's and ours");
}

#[test]
fn twelve_runs_at_once_make_one_proposal() {
    let scene = protected();
    propose_twelve_times_at_once(&scene);
    let log = scene.fleet.log(SOURCE);
    assert_eq!(log.len(), 2, "one commit on the target's: {log:?}");
    assert_eq!(scene.fleet.branches(), [SOURCE, "main"]);
}

#[test]
fn what_was_merged_and_taken_back_is_proposed_anew() {
    let scene = protected();
    scene.bootstrap(&["--pull-request", COMPONENTS]).run().assert_code(8);
    let tip = scene.fleet.complete(SOURCE, "main", Strategy::NoFastForward).unwrap();
    let edited = [("clusters/a/flux-system/gotk-components.yaml", "# reverted\n")];
    let reverted = scene.fleet.commit("main", "Revert", &edited);
    let before = scene.fleet.tip(SOURCE).unwrap();
    scene.bootstrap(&["--pull-request", COMPONENTS]).run().assert_code(8);
    assert_eq!(scene.fleet.log(SOURCE)[0].parents, [before, reverted]);
    assert_ne!(scene.fleet.tip("main"), Some(tip));
    // This time it stays.
    scene.fleet.complete(SOURCE, "main", Strategy::Squash).unwrap();
    let run = Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&["--pull-request", COMPONENTS]).run());
    run.assert_success();
}
