//! Files that source-controller would leave out of what the cluster gets.

use super::Scene;
use super::found::record_found;

#[test]
fn a_sourceignore_that_leaves_flux_out_is_refused_by_its_line() {
    let scene = Scene::new();
    let root = "# Only the apps\n/*\n!/apps/\n";
    scene.fleet.commit("main", "Leave out", &[(".sourceignore", root), ("apps/.sourceignore", "*.tmp\n")]);
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("`.sourceignore` line 2 leaves `clusters/a/flux-system/gotk-components.yaml` out")
        .assert_stderr_contains("write `!/clusters/a/flux-system/` below it");
    record_found(
        "`.sourceignore` or `spec.ignore` leaves Flux's files out",
        &run,
        "a line below that one which takes them back",
    );
    // As the hint says, and a folder of its own below that takes one of them away again.
    let taken_back = format!("{root}!/clusters/a/flux-system/\n");
    let below = ("clusters/a/.sourceignore", "flux-system/*-sync.yaml   \n");
    scene.fleet.commit("main", "Take back", &[(".sourceignore", &taken_back), below]);
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("`clusters/a/.sourceignore` line 1 leaves `clusters/a/flux-system/gotk-sync.yaml` out");
    let below = ("clusters/a/.sourceignore", "flux-system/*-sync.yaml\n!/flux-system/\n");
    scene.fleet.commit("main", "Take all back", &[below]);
    scene.bootstrap(&[]).run().assert_success();
}

#[test]
fn a_kept_spec_ignore_that_leaves_flux_out_is_refused_by_its_line() {
    let scene = Scene::new();
    scene.bootstrap(&[]).run().assert_success();
    let file = "clusters/a/flux-system/gotk-sync.yaml";
    let sync = scene.fleet.file("main", file);
    let with =
        |ignore: &str| sync.replacen("  interval: 1m0s\n", &format!("  ignore: |\n{ignore}  interval: 1m0s\n"), 1);
    scene.fleet.commit("main", "Ignore", &[(file, &with("    /*\n    !/clusters/a/flux-system/*.yml\n"))]);
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("line 1 of `spec.ignore` of GitRepository `flux-system/flux-system` leaves");
    scene.fleet.commit("main", "Take back", &[(file, &with("    /*\n    !/clusters/a/flux-system/\n"))]);
    scene.bootstrap(&[]).run().assert_success();
}
