//! An API server that goes away in the middle: the real process is killed and, mostly, started again.

use std::time::Duration;

use super::Scene;
use crate::support::{ControlPlane, Output, PodFate, Route, wait_for};

/// Waits for an object to exist, looking as often as possible.
fn wait_seen(plane: &ControlPlane, path: &str) {
    wait_for(path, Duration::from_secs(60), || {
        (plane.call("GET", path, "application/json", None).0 == 200).then_some(())
    });
}

const NAMESPACE: &str = "/api/v1/namespaces/flux-system";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/flux-system/deployments/kustomize-controller";

fn assert_complete(scene: &Scene, run: &Output) {
    run.assert_success().assert_stderr_contains("all components are healthy");
    assert_eq!(scene.fleet.log("main").len(), 1);
    assert_eq!(scene.azure.count(Route::Push), 1);
    assert_eq!(scene.plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
}

#[test]
fn an_api_server_that_restarts_while_the_cluster_is_waited_for_again() {
    let scene = Scene::new();
    scene.plane.set_pods("kustomize-controller", PodFate::NeverReady);
    let running = scene.bootstrap(&[]).spawn();
    wait_for("the wait", Duration::from_secs(60), || {
        let source = "source.toolkit.fluxcd.io/v1";
        let ready = scene.plane.ready_condition(source, "GitRepository", "flux-system", "flux-system");
        ready.filter(|(status, ..)| status == "True")
    });
    scene.plane.kill();
    scene.plane.start_again();
    wait_seen(&scene.plane, DEPLOYMENT);
    scene.plane.set_pods("kustomize-controller", PodFate::Runs);
    let run = running.wait();
    assert_complete(&scene, &run);
    let told = "► waiting for the API server: cannot reach the API server ";
    run.assert_stderr_contains(told);
    let times = run.stderr.lines().filter(|line| line.starts_with(told)).count();
    assert!(times <= 2, "it is told {times} times\n{}", run.stderr);
}

#[test]
fn an_api_server_that_does_not_come_back_is_given_up_at_the_timeout() {
    for path in [NAMESPACE, DEPLOYMENT] {
        let scene = Scene::new();
        let waits = path == DEPLOYMENT;
        scene.plane.set_pods("", PodFate::NeverReady);
        let running = scene.bootstrap(&["--timeout=12s"]).spawn();
        wait_seen(&scene.plane, path);
        if waits {
            wait_seen(
                &scene.plane,
                "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/flux-system",
            );
        }
        scene.plane.kill();
        let run = running.wait();
        // The next scenario gets a server that answers.
        scene.plane.start_again();
        wait_seen(&scene.plane, NAMESPACE);
        run.assert_code(5)
            .assert_stderr_contains("✗ no success before the timeout with: ")
            .assert_stderr_contains("last seen: cannot reach the API server ")
            .assert_stderr_contains("no connection: connection refused")
            .assert_stderr_contains("  hint: Give it more time with --timeout; rerunning is safe.")
            .assert_stderr_contains("done so far: commit ");
        if waits {
            // The answer to the last apply may be what was lost.
            assert!(
                run.stderr.contains("with: look whether the cluster is ready;") || run.stderr.contains("with: apply `")
            );
        }
        assert!(run.elapsed < Duration::from_secs(20), "it took {:?}", run.elapsed);
    }
}
