//! A cluster that does not become ready: what is said about it, and what to type next.

use std::time::Duration;

use serde_json::json;

use super::Scene;
use crate::support::{Output, PodFate, Route, wait_for};

const WORDS: &str = "  hint: Everything was pushed and applied; when the cause is gone, Flux goes on by itself, and running the command \
                     again is safe.";

#[track_caller]
fn assert_not_ready(run: &Output, lines: &[&str]) {
    run.assert_code(6).assert_stderr_contains("✗ the cluster is not ready: ").assert_stderr_contains(WORDS);
    for line in lines {
        if !run.stderr.lines().any(|shown| shown == *line) {
            run.fail(&format!("stderr lacks the line {line:?}"));
        }
    }
}

#[test]
fn pods_that_do_not_start_name_cause_and_next_command() {
    let scene = Scene::new();
    scene.plane.set_pods("kustomize-controller", PodFate::ImagePullBackOff);
    let run = scene.bootstrap(&["--timeout=12s"]).run();
    assert_not_ready(
        &run,
        &[
            "✗ `Deployment/flux-system/kustomize-controller` is not ready",
            "  hint: An image cannot be pulled: check --registry, --image-pull-secret and the cluster's way to the registry.",
            "  hint: Look closer with: kubectl --context testbed -n flux-system describe pods -l app=kustomize-controller",
            "✗ `Kustomization/flux-system/flux-system` is not ready",
        ],
    );
    run.assert_stderr_contains("ImagePullBackOff: Back-off pulling image \"ghcr.io/fluxcd/kustomize-controller:")
        .assert_stderr_contains("done so far: commit ");

    scene.plane.set_pods("kustomize-controller", PodFate::Pending);
    let run = scene.bootstrap(&["--timeout=8s"]).run();
    assert_not_ready(
        &run,
        &[
            "  hint: No node takes the pod: check node capacity, taints (--toleration-keys) and node selectors.",
            "  hint: Look closer with: kubectl --context testbed -n flux-system describe pods -l app=kustomize-controller",
        ],
    );
    run.assert_stderr_contains("0/1 nodes are available: 1 Insufficient memory");

    scene.plane.set_pods("kustomize-controller", PodFate::Runs);
    scene.bootstrap(&[]).run().assert_success();
    assert_eq!(scene.fleet.log("main").len(), 1);

    let suspend = json!({"spec": {"suspend": true}});
    scene.plane.patch("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system", &suspend);
    scene.fleet.commit("main", "Go on", &[("README.md", "changed")]);
    let run = scene.bootstrap(&["--timeout=20s"]).run();
    assert_not_ready(
        &run,
        &[
            "✗ `Kustomization/flux-system/flux-system` is not ready",
            "  caused by: it is suspended",
            "  hint: Look closer with: kubectl --context testbed -n flux-system patch kustomization flux-system --type=merge -p \
             '{\"spec\":{\"suspend\":false}}'",
        ],
    );
}

#[test]
fn a_cluster_that_cannot_read_the_repository_says_so() {
    let scene = Scene::new();
    let running = scene.bootstrap(&["--timeout=25s"]).spawn();
    wait_for("the push", Duration::from_secs(60), || scene.fleet.tip("main"));
    assert_eq!(scene.azure.count(Route::Push), 1);
    scene.azure.revoke(&scene.azure.token());
    let run = running.wait();
    assert_not_ready(
        &run,
        &[
            "✗ `GitRepository/flux-system/flux-system` is not ready",
            "  hint: The Git server does not accept what the source secret holds: run the command again with a valid token or key.",
        ],
    );
    run.assert_stderr_contains("authentication required");
}
