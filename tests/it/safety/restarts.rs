//! An API server that goes away in the middle: the real process is killed and, mostly, started again.

use std::time::Duration;

use serde_json::Value;

use super::Scene;
use super::puppets::Puppets;
use crate::support::{ControlPlane, Output, PodFate, Route, SOON, timeout, wait_for};

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
        let running = scene.bootstrap(&[&timeout(12)]).spawn();
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
        assert!(run.elapsed < 8 * Duration::from_secs(12) + SOON, "it took {:?}", run.elapsed);
    }
}

/// Restarts the API server when `path` is there. A server that forgets a definition takes five minutes to find it again, as
/// long as the run waits, so a run that succeeds has helped itself.
fn restart_at(path: &str) {
    let scene = Scene::new();
    Puppets::play(&scene.plane, &scene.fleet, || {
        let running = scene.bootstrap(&[]).spawn();
        wait_seen(&scene.plane, path);
        scene.plane.kill();
        scene.plane.start_again();
        let run = running.wait();
        assert_complete(&scene, &run);
    });
}

#[test]
fn an_api_server_that_restarts_while_definitions_are_established_is_waited_for() {
    restart_at(NAMESPACE);
}

#[test]
fn an_api_server_that_restarts_while_components_are_applied_is_waited_for() {
    restart_at("/api/v1/namespaces/flux-system/serviceaccounts/helm-controller");
}

#[test]
fn an_api_server_that_restarts_while_the_secret_and_the_sync_are_applied_is_waited_for() {
    restart_at("/api/v1/namespaces/flux-system/secrets/flux-system");
}

#[test]
fn definitions_that_a_killed_api_server_left_half_established_are_completed() {
    let scene = Scene::new();
    let stuck = ["helmreleases.helm.toolkit.fluxcd.io", "kustomizations.kustomize.toolkit.fluxcd.io"];
    scene.plane.install_flux();
    scene.plane.kill();
    scene.plane.half_establish(&stuck);
    scene.plane.start_again();
    wait_seen(&scene.plane, NAMESPACE);
    let run = Puppets::play(&scene.plane, &scene.fleet, || scene.bootstrap(&[]).run());
    assert_complete(&scene, &run);
    for name in stuck {
        let told =
            format!("  CustomResourceDefinition \"{name}\": Installing: the API server does not go on by itself");
        run.assert_stderr_contains(&told);
        let live = scene.plane.object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name).unwrap();
        assert_eq!(live["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"], Value::Null, "{name}");
        let conditions = live["status"]["conditions"].as_array().unwrap();
        assert!(conditions.iter().all(|condition| condition["status"] == "True"), "{conditions:?}");
    }
    assert_eq!(run.stderr.matches(": Installing: ").count(), stuck.len(), "{}", run.stderr);
}
