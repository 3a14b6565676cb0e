//! A cluster that does not become ready: what is said about it, and what to type next.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Scene, bootstrap};
use crate::support::{ApiFault, ApiFront, Output, PodFate, Route, SOON, TestEnv, free_port, timeout, wait_for};

const WORDS: &str = "; when the cause is gone, Flux goes on by itself, and running the command again is safe.";

#[track_caller]
fn assert_not_ready(run: &Output, lines: &[&str]) {
    run.assert_code(6).assert_stderr_contains("✗ the cluster is not ready: ").assert_stderr_contains(WORDS);
    let nothing = run.stderr.contains("done so far: nothing was pushed or applied");
    let said = if nothing { "Nothing had to be pushed or applied" } else { "Everything was pushed and applied" };
    run.assert_stderr_contains(&format!("  hint: {said}{WORDS}"));
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
    let run = scene.bootstrap(&[&timeout(12)]).run();
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
    let run = scene.bootstrap(&[&timeout(8)]).run();
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
    let run = scene.bootstrap(&[&timeout(20)]).run();
    assert_not_ready(
        &run,
        &[
            "✗ `Kustomization/flux-system/flux-system` is not ready",
            "  caused by: it is suspended",
            "  hint: Resume it with: kubectl --context testbed -n flux-system patch kustomization flux-system --type=merge -p \
             '{\"spec\":{\"suspend\":false}}'",
        ],
    );
    run.assert_stderr_lacks("event: ");
}

#[test]
fn a_cluster_that_cannot_read_the_repository_says_so() {
    let scene = Scene::new();
    let running = scene.bootstrap(&[&timeout(25)]).spawn();
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

#[test]
fn near_equal_events_of_one_deployment_are_told_as_one() {
    let scene = Scene::new();
    scene.plane.apply(
        "{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}\n---\n{apiVersion: v1, kind: ResourceQuota, \
         metadata: {name: none, namespace: flux-system}, spec: {hard: {pods: '0'}}}",
    );
    let status = json!({"status": {"hard": {"pods": "0"}, "used": {"pods": "0"}}});
    let path = "/api/v1/namespaces/flux-system/resourcequotas/none/status";
    assert_eq!(scene.plane.call("PATCH", path, "application/merge-patch+json", Some(&status)).0, 200);
    let run = scene.bootstrap(&[&timeout(12)]).run();
    assert_not_ready(&run, &["✗ `Deployment/flux-system/source-controller` is not ready"]);
    // Each attempt of the real controller is an Event of its own, about a pod of another name.
    let (_, events) = scene.plane.call("GET", "/api/v1/namespaces/flux-system/events", "application/json", None);
    let messages = events["items"].as_array().unwrap().iter().filter_map(|event| event["message"].as_str());
    let attempts = messages.filter(|message| message.starts_with("Error creating: pods \"source-controller-")).count();
    assert!(attempts > 1, "{events}");
    let told = |line: &&str| line.contains("event: FailedCreate: Error creating: pods \"source-controller-");
    assert_eq!(run.stderr.lines().filter(told).count(), 1, "{}", run.stderr);
}

/// Everything that a bootstrap takes, but for the logs of pods.
fn rights_without_logs() -> serde_json::Value {
    let plain =
        ["namespaces", "secrets", "serviceaccounts", "services", "resourcequotas", "pods", "events", "configmaps"];
    json!([
        {"apiGroups": [""], "resources": plain, "verbs": ["*"]},
        {"apiGroups": ["apps", "rbac.authorization.k8s.io", "apiextensions.k8s.io", "networking.k8s.io",
            "source.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io"], "resources": ["*"], "verbs": ["*"]},
    ])
}

#[test]
fn the_controllers_own_words_are_shown_to_those_who_may_read_them() {
    let scene = Scene::new();
    // The controllers' way to the Git server leads nowhere, this machine's own does not.
    scene.plane.set_controller_env("HTTPS_PROXY", &format!("http://127.0.0.1:{}", free_port()));
    let run = scene.bootstrap(&[&timeout(14)]).run();
    assert_not_ready(&run, &["✗ `GitRepository/flux-system/flux-system` is not ready"]);
    let told = |run: &Output| run.stderr.lines().filter(|line| line.contains("caused by: log: ")).count();
    // What the log says is the reason already, and told once.
    run.assert_stderr_contains("GitOperationFailed: failed to checkout and determine revision: unable to ")
        .assert_stderr_contains("connection refused");
    run.assert_stderr_contains("hint: The cluster cannot reach the Git server: check DNS")
        .assert_stderr_lacks("event: GitOp");
    assert_eq!(told(&run), 0);

    // Whoever may not read logs gets all the rest, and no word of what could not be read.
    let user = scene.plane.user(&rights_without_logs());
    let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&user.kubeconfig);
    let without = bootstrap(&env, &scene.azure, &scene.fleet, &[&timeout(8)]).run();
    assert_not_ready(&without, &["✗ `GitRepository/flux-system/flux-system` is not ready"]);
    without.assert_stderr_contains("connection refused").assert_stderr_lacks("not allowed");
    assert_eq!(told(&without), 0);
}

#[test]
fn the_diagnosis_is_bounded_where_nothing_answers_or_logs_cannot_be_had() {
    let scene = Scene::new();
    scene.plane.set_pods("", PodFate::ImagePullBackOff);
    let front = ApiFront::start(&scene.plane);
    let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&front.kubeconfig(&scene.plane));
    let is_log = |line: &str| line.contains("/log?");
    // Only a diagnosis asks for Pods and Events.
    let is_diagnosis = |line: &str| line.contains("/pods") || line.contains("/events?");
    let (silent, refusing) = (ApiFault::Silent, ApiFault::Status(500));
    // The objects one after the other, each question repeated, took a minute.
    let bound = Duration::from_secs(5 + 15);
    for (choice, fault) in [(is_log as fn(&str) -> bool, refusing), (is_log, silent), (is_diagnosis, silent)] {
        front.clear();
        front.fault(choice, usize::MAX, fault);
        let (flag, started) = (timeout(10), Instant::now());
        let seconds: u64 = flag.trim_start_matches("--timeout=").trim_end_matches('s').parse().unwrap();
        let run = bootstrap(&env, &scene.azure, &scene.fleet, &[&flag]).run();
        let late = started.elapsed().saturating_sub(Duration::from_secs(seconds));
        assert_not_ready(&run, &["✗ `Deployment/flux-system/kustomize-controller` is not ready"]);
        assert!(front.has_seen(choice), "{fault:?}: the question was asked");
        assert!(late < bound, "{fault:?}: the diagnosis took {late:.1?}");
    }
}

#[test]
fn reasons_are_told_as_they_change_and_an_interruption_ends_the_wait() {
    let scene = Scene::new();
    scene.plane.set_pods("", PodFate::Pretends);
    let front = ApiFront::start(&scene.plane);
    let env = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&front.kubeconfig(&scene.plane));
    let waiting = |flags: &[&str]| {
        front.clear();
        let running = bootstrap(&env, &scene.azure, &scene.fleet, flags).spawn();
        let is_watched = |line: &str| line.contains("/gitrepositories?watch=true");
        wait_for("the watch", Duration::from_secs(60), || front.has_seen(is_watched).then_some(()));
        running
    };
    let running = waiting(&[&timeout(12)]);
    let states = [("GitOperationFailed", "one"), ("GitOperationFailed", "two"), ("StorageOperationFailed", "three")];
    for (reason, message) in states.iter().chain([&states[0]]) {
        let ready = json!({"type": "Ready", "status": "False", "reason": reason, "message": message,
            "observedGeneration": 1, "lastTransitionTime": "2026-01-01T00:00:00Z"});
        let status = json!({"status": {"observedGeneration": 1, "conditions": [ready]}});
        let path = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/flux-system/status";
        let (code, answer) = scene.plane.call("PATCH", path, "application/merge-patch+json", Some(&status));
        assert_eq!(code, 200, "{answer}");
    }
    let run = running.wait();
    assert_not_ready(&run, &["  caused by: GitOperationFailed: one"]);
    let told: Vec<&str> = run.stderr.lines().filter_map(|line| line.strip_prefix("  GitRepository ")).collect();
    let expected = states.map(|(reason, message)| format!("\"flux-system/flux-system\": {reason}: {message}"));
    assert_eq!(told, expected);

    // Nothing is under way while it waits, so nothing is waited for when it is told to stop.
    let running = waiting(&[]);
    let signalled = Instant::now();
    running.signal("TERM");
    let run = running.wait();
    run.assert_code(130)
        .assert_stderr_contains(
            "✗ interrupted by SIGTERM\n  caused by: `GitRepository/flux-system/flux-system` was not ready yet",
        )
        .assert_stderr_contains("`Kustomization/flux-system/flux-system` was not ready yet")
        .assert_stderr_contains("done so far: nothing was pushed or applied; rerunning is safe");
    assert!(signalled.elapsed() < SOON, "it ended after {:.1?}, and not at once", signalled.elapsed());
}
