//! Controllers that live on while Flux is removed, as helm-controller does for minutes.

use std::time::Duration;

use serde_json::json;

use super::{COUNT, bootstrapped, json_lines, workloads};
use crate::support::{ApiFault, ApiFront};

const KUSTOMIZATION: [&str; 4] = ["kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system"];

/// Every request of the controllers takes a second, and their pods take ten to end. All the while they reconcile.
#[test]
fn a_controller_that_lives_on_with_slow_requests_prunes_nothing() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    let front = ApiFront::start(&scene.plane);
    front.fault(|line| !line.contains("watch=true"), usize::MAX, ApiFault::Delayed(Duration::from_secs(1)));
    scene.plane.let_controllers_ask(front.url());
    scene.plane.let_pods_end_after(Duration::from_secs(10));
    // Started anew, they come by way of the front.
    for controller in ["source-controller", "kustomize-controller"] {
        restart(&scene, controller);
    }
    let [version, kind, namespace, name] = KUSTOMIZATION;
    let now = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}});
    scene.plane.patch(version, kind, namespace, name, &now);
    scene.plane.wait_object(version, kind, namespace, name, |it| it["status"]["lastHandledReconcileAt"] == "now");
    scene.plane.patch(
        version,
        kind,
        namespace,
        name,
        &json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "again"}}}),
    );
    let run = scene.uninstall(&["-o=json"]).run();
    run.assert_success();
    let lines = json_lines(&run.stdout);
    let at = |wanted: &dyn Fn(&serde_json::Value) -> bool| lines.iter().position(wanted).unwrap();
    let suspended = at(&|it| it["event"] == "suspended");
    let gone = at(&|it| it["event"] == "gone" && it["what"] == "controllers");
    let stripped = at(&|it| it["event"] == "finalizers-removed");
    assert!(suspended < gone && gone < stripped, "{lines:#?}");
    assert!(lines[gone]["elapsed"].as_f64() > lines[suspended]["elapsed"].as_f64().map(|at| at + 9.0), "{lines:#?}");
    assert_eq!(lines.last().unwrap()["survivors"]["found"], COUNT);
    assert_eq!(workloads(&scene.plane), before);
}

/// Deletes the pod of a controller at once, and waits for the one that comes in its place.
fn restart(scene: &crate::support::Scene, controller: &str) {
    let pods = || {
        scene
            .plane
            .objects("v1", "Pod", "flux-system")
            .into_iter()
            .filter(|pod| pod["metadata"]["labels"]["app"] == controller)
    };
    let old: Vec<String> = pods().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect();
    for name in &old {
        let path = format!("/api/v1/namespaces/flux-system/pods/{name}?gracePeriodSeconds=0");
        scene.plane.call("DELETE", &path, "application/json", None);
    }
    crate::support::wait_for(controller, Duration::from_secs(120), || {
        let is_ready = |pod: &serde_json::Value| {
            pod["status"]["conditions"]
                .as_array()
                .is_some_and(|all| all.iter().any(|it| it["type"] == "Ready" && it["status"] == "True"))
        };
        pods()
            .any(|pod| !old.contains(&pod["metadata"]["name"].as_str().unwrap().to_owned()) && is_ready(&pod))
            .then_some(())
    });
}
