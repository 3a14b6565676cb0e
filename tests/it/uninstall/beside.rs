//! What is kept: the namespace, the definitions, a second Flux.

use serde_json::Value;

use super::{COUNT, bootstrapped, flux_parts, workloads};
use crate::support::Scene;

const KUSTOMIZATION: &str = "kustomize.toolkit.fluxcd.io/v1";

fn has(scene: &Scene, version: &str, kind: &str, namespace: &str, name: &str) -> bool {
    scene.plane.object(version, kind, namespace, name).is_some()
}

#[test]
fn a_namespace_that_is_kept_keeps_what_is_not_flux_s() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    scene
        .plane
        .apply("{apiVersion: v1, kind: Secret, metadata: {name: theirs, namespace: flux-system}, stringData: {a: b}}");
    let run = scene.uninstall(&["--keep-namespace"]).run();
    run.assert_success()
        .assert_stderr_contains(&format!("✔ {COUNT} of {COUNT} objects that Flux applied are still there"));
    assert_eq!(flux_parts(&scene.plane), ["Namespace/flux-system"]);
    assert!(has(&scene, "v1", "Secret", "flux-system", "theirs"));
    assert!(!has(&scene, "v1", "Secret", "flux-system", "flux-system"), "the source secret stays");
    let namespace = scene.plane.object("v1", "Namespace", "", "flux-system").unwrap();
    assert!(!namespace["metadata"]["annotations"].to_string().contains("flux-bootstrap/uninstall"), "{namespace}");
    assert_eq!(workloads(&scene.plane), before);
    scene.bootstrap(&[]).run().assert_success();
    assert_eq!(workloads(&scene.plane), before);
}

fn is_ready(scene: &Scene, namespace: &str) -> bool {
    let ready = scene.plane.ready_condition(KUSTOMIZATION, "Kustomization", namespace, namespace);
    ready.is_some_and(|(status, ..)| status == "True")
}

#[test]
fn a_second_flux_keeps_working_and_can_then_go_too() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    let second = ["--namespace=flux-two", "--path=clusters/two", "--allow-second-flux"];
    scene.bootstrap(&second).run().assert_success();
    let run = scene.uninstall(&[]).run();
    run.assert_code(7)
        .assert_stderr_contains("✗ namespace `flux-two` has a Flux too, which needs the CustomResourceDefinitions")
        .assert_stderr_contains("--keep-crds");
    assert!(is_ready(&scene, "flux-system") && is_ready(&scene, "flux-two"));

    scene.uninstall(&["--keep-crds"]).run().assert_success();
    assert!(!has(&scene, "v1", "Namespace", "", "flux-system"));
    assert_eq!(workloads(&scene.plane), before);
    let roles: Vec<Value> = scene.plane.objects("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "");
    let of =
        |place: &str| roles.iter().filter(|role| role["metadata"]["name"].as_str().unwrap().ends_with(place)).count();
    assert_eq!((of("-flux-system"), of("-flux-two")), (0, 2));
    // It still acts.
    scene.fleet.commit("main", "Go on", &[("clusters/two/more.yaml", MORE)]);
    scene.bootstrap(&second).run().assert_success();
    scene.plane.wait_object("v1", "ConfigMap", "default", "more", |_| true);

    scene.uninstall(&["--namespace=flux-two"]).run().assert_success();
    assert_eq!(flux_parts(&scene.plane), [""; 0]);
    assert!(has(&scene, "v1", "ConfigMap", "default", "more"));
    assert_eq!(workloads(&scene.plane), before);
}

const MORE: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: more, namespace: default}}";
