//! A cluster that another Kustomization of its own already syncs from the same folder.

use std::time::Duration;

use serde_json::{Value, json};

use super::Scene;
use super::found::record_found;
use crate::support::{ControlPlane, wait_for};

const FOLDER: &str = "clusters/a/flux-system";
const SYNC: [&str; 2] = ["kustomize.toolkit.fluxcd.io/v1", "Kustomization"];
const SOURCE: [&str; 2] = ["source.toolkit.fluxcd.io/v1", "GitRepository"];
const PATIENCE: Duration = Duration::from_secs(120);

/// Commits gotk-sync.yaml with these names, and waits until the sync `follower` has applied that commit.
fn hand_over(scene: &Scene, name: &str, prune: bool, follower: &str) {
    let url = scene.fleet.url();
    let text = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: {name}, namespace: flux-system}}\n\
         spec:\n  interval: 1m0s\n  ref: {{branch: main}}\n  secretRef: {{name: flux-system}}\n  url: {url}\n---\n\
         apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\n\
         spec:\n  interval: 10m0s\n  path: ./clusters/a\n  prune: {prune}\n  sourceRef: {{kind: GitRepository, name: {name}}}\n"
    );
    let tip = scene.fleet.commit("main", "Name the sync", &[(&format!("{FOLDER}/gotk-sync.yaml"), &text)]);
    let at = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": tip}}});
    scene.plane.patch(SOURCE[0], SOURCE[1], "flux-system", follower, &at);
    wait_for("the sync follows", PATIENCE, || {
        let object = scene.plane.object(SYNC[0], SYNC[1], "flux-system", follower)?;
        object["status"]["lastAppliedRevision"].as_str()?.ends_with(&tip).then_some(())
    });
}

fn delete_sync(plane: &ControlPlane, name: &str) {
    plane.delete(SYNC[0], SYNC[1], "flux-system", name);
    wait_for("the sync is gone", PATIENCE, || {
        plane.object(SYNC[0], SYNC[1], "flux-system", name).is_none().then_some(())
    });
    plane.delete(SOURCE[0], SOURCE[1], "flux-system", name);
}

/// The same cluster, synced by a Kustomization of the name `platform`.
fn synced_by_platform() -> Scene {
    let scene = Scene::new();
    scene.bootstrap(&[]).run().assert_success();
    hand_over(&scene, "flux-system", false, "flux-system");
    hand_over(&scene, "platform", true, "flux-system");
    delete_sync(&scene.plane, "flux-system");
    assert!(is_ready(&scene.plane, "platform"));
    scene
}

fn is_ready(plane: &ControlPlane, name: &str) -> bool {
    wait_for("the sync is ready", PATIENCE, || {
        let (status, ..) = plane.ready_condition(SYNC[0], SYNC[1], "flux-system", name)?;
        (status == "True").then_some(true)
    })
}

fn controller(plane: &ControlPlane) -> Value {
    let deployment = plane.object("apps/v1", "Deployment", "flux-system", "source-controller").unwrap();
    deployment["metadata"]["uid"].clone()
}

#[test]
fn a_sync_of_another_name_is_refused_and_can_be_handed_over() {
    let scene = synced_by_platform();
    let (tip, flux) = (scene.fleet.tip("main"), controller(&scene.plane));
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("Kustomization `flux-system/platform` already syncs `./clusters/a` of this repository")
        .assert_stderr_contains("set `prune: false` on `flux-system/platform` in the repository")
        .assert_stderr_contains("--allow-second-sync");
    let found = "a Kustomization of another name syncs `--path` into this cluster";
    record_found(found, &run, "hand over as the hint says, or `--allow-second-sync`");
    assert_eq!(scene.fleet.tip("main"), tip);
    // As the hint says.
    hand_over(&scene, "platform", false, "platform");
    hand_over(&scene, "flux-system", true, "platform");
    assert!(is_ready(&scene.plane, "flux-system"));
    delete_sync(&scene.plane, "platform");
    scene.bootstrap(&[]).run().assert_success();
    assert!(is_ready(&scene.plane, "flux-system"));
    assert_eq!(controller(&scene.plane), flux);
}

#[test]
fn a_second_sync_on_purpose_leaves_both_healthy() {
    let scene = synced_by_platform();
    let flux = controller(&scene.plane);
    let run = scene.bootstrap(&["--allow-second-sync"]).run();
    run.assert_success().assert_stderr_contains("whoever deletes one of the two deletes Flux");
    assert!(is_ready(&scene.plane, "flux-system") && is_ready(&scene.plane, "platform"));
    assert_eq!(controller(&scene.plane), flux);
}
