//! Runs that wait for the merge, and go on by themselves.

use super::{COMPONENTS, SOURCE, assert_untouched, completed_while_waiting, proposed, protected};
use crate::safety::puppets::Puppets;
use crate::support::{Fault, Route, SOON, Strategy, timeout, wait_for};

#[test]
fn a_waiting_run_goes_on_after_a_squash() {
    let scene = protected();
    let run = completed_while_waiting(&scene, Strategy::Squash);
    run.assert_success().assert_stderr_contains("the pull request is completed");
    assert_eq!(scene.fleet.log("main")[0].parents.len(), 1);
}

#[test]
fn a_waiting_run_goes_on_after_a_rebase() {
    let scene = protected();
    // The target has moved on, so that a rebase makes another commit.
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        let run = scene.bootstrap(&["--pull-request", "--pr-wait=30m", COMPONENTS]).spawn();
        let source = proposed(&scene.fleet);
        scene.fleet.commit("main", "Someone else goes on", &[("apps/a.yaml", "a: 2\n")]);
        scene.fleet.complete(SOURCE, "main", Strategy::Rebase).unwrap();
        assert_ne!(scene.fleet.tip("main"), Some(source));
        run.wait()
    });
    run.assert_success();
    assert_eq!(scene.fleet.file("main", "apps/a.yaml"), "a: 2\n");
}

#[test]
fn a_waiting_run_goes_on_after_a_merge_commit_and_its_own_time_did_not_pass() {
    let scene = protected();
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        // The wait alone takes longer than the run's own time would, were it counted.
        let flags = ["--pull-request", "--pr-wait=30m", COMPONENTS, "--timeout=45s"];
        let run = scene.bootstrap(&flags).spawn();
        proposed(&scene.fleet);
        std::thread::sleep(std::time::Duration::from_secs(46));
        scene.fleet.complete(SOURCE, "main", Strategy::NoFastForward).unwrap();
        run.wait()
    });
    run.assert_success();
    assert_eq!(scene.fleet.log("main")[0].parents.len(), 2);
}

#[test]
fn others_commits_into_the_target_are_no_merge_and_no_reason_to_push_again() {
    let scene = protected();
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        let run = scene.bootstrap(&["--pull-request", "--pr-wait=30m", COMPONENTS]).spawn();
        let source = proposed(&scene.fleet);
        scene.azure.forget_traffic();
        scene.fleet.commit("main", "Someone else goes on", &[("apps/a.yaml", "a: 2\n")]);
        // It looked at the new tip, and waits again.
        wait_for("a look at the new tip", SOON, || (scene.azure.count(Route::Fetch) > 0).then_some(()));
        wait_for("the next look", SOON, || (scene.azure.count(Route::AdvertiseFetch) > 3).then_some(()));
        assert_eq!(scene.fleet.tip(SOURCE), Some(source));
        assert_untouched(&scene);
        scene.fleet.complete(SOURCE, "main", Strategy::Squash).unwrap();
        run.wait()
    });
    run.assert_success();
    assert_eq!(scene.azure.count(Route::Push), 0);
}

#[test]
fn a_conflict_is_solved_on_the_source_branch() {
    let scene = protected();
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        let run = scene.bootstrap(&["--pull-request", "--pr-wait=30m", COMPONENTS]).spawn();
        let source = proposed(&scene.fleet);
        let file = "clusters/a/flux-system/gotk-components.yaml";
        let target = scene.fleet.commit("main", "Someone else writes the same file", &[(file, "# mine\n")]);
        scene.fleet.complete(SOURCE, "main", Strategy::NoFastForward).unwrap_err();
        let solved = wait_for("another commit", SOON, || scene.fleet.tip(SOURCE).filter(|tip| *tip != source));
        assert_eq!(scene.fleet.log(SOURCE)[0].parents, [source, target]);
        scene.fleet.complete(SOURCE, "main", Strategy::NoFastForward).unwrap();
        assert_ne!(scene.fleet.tip("main"), Some(solved));
        run.wait()
    });
    run.assert_success();
}

#[test]
fn when_the_wait_is_over_it_ends_with_8() {
    let scene = protected();
    scene.bootstrap(&["--pull-request", "--pr-wait=3s"]).run().assert_code(8);
    assert_untouched(&scene);
}

#[test]
fn a_server_that_fails_meanwhile_is_asked_again() {
    let scene = protected();
    let run = Puppets::play(&scene.plane, &scene.fleet, || {
        let run = scene.bootstrap(&["--pull-request", "--pr-wait=30m", COMPONENTS]).spawn();
        proposed(&scene.fleet);
        scene.azure.fault(Route::AdvertiseFetch, 2, Fault::Status(503));
        scene.fleet.complete(SOURCE, "main", Strategy::Squash).unwrap();
        run.wait()
    });
    run.assert_success();
}

#[test]
fn an_interruption_ends_the_wait_at_once() {
    let scene = protected();
    let run = scene.bootstrap(&["--pull-request", "--pr-wait=30m", &timeout(300)]).spawn();
    run.wait_to_print("waiting for the pull request to be completed");
    run.signal("INT");
    run.wait().assert_code(130).assert_stderr_contains("is pushed to `flux-bootstrap/flux-system/clusters-a`");
    assert_untouched(&scene);
}
