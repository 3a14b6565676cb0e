//! What does not go: finalizers of others, a namespace that hangs, kinds in old versions.

use serde_json::{Value, json};

use super::{COUNT, bootstrapped, flux_parts, workloads};
use crate::support::{Scene, timeout, wait_for};

const SOURCE: &str = "source.toolkit.fluxcd.io/v1";

/// A source of the team's, which another tool holds.
fn apply_held_source(scene: &Scene) {
    scene.plane.apply(
        "{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: held, namespace: apps, finalizers: \
         [finalizers.fluxcd.io, example.com/keep]}, spec: {suspend: true, interval: 1h, url: 'https://example.com/x'}}",
    );
}

fn finalizers(scene: &Scene) -> Value {
    scene.plane.object(SOURCE, "GitRepository", "apps", "held").unwrap()["metadata"]["finalizers"].clone()
}

#[test]
fn a_finalizer_of_others_stays_and_is_named() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    apply_held_source(&scene);
    let run = scene.uninstall(&[&timeout(60)]).run();
    run.assert_code(6)
        .assert_stderr_contains("⚠️ finalizers of others stay, and what carries them goes only when their owners let it: `GitRepository/apps/held` (example.com/keep)")
        .assert_stderr_contains("✗ the CustomResourceDefinitions are not gone: 1 object is still there")
        .assert_stderr_contains("caused by: `CustomResourceDefinition/gitrepositories.source.toolkit.fluxcd.io`")
        .assert_stderr_contains("caused by: `GitRepository/apps/held` is held by the finalizer example.com/keep")
        .assert_stderr_contains("done so far: ");
    assert_eq!(finalizers(&scene), json!(["example.com/keep"]));
    assert!(scene.plane.object("v1", "Namespace", "", "flux-system").is_some());
    assert_eq!(workloads(&scene.plane), before);
    // Its owner lets it go.
    scene.plane.patch(SOURCE, "GitRepository", "apps", "held", &json!({"metadata": {"finalizers": null}}));
    let run = scene.uninstall(&[]).run();
    run.assert_success()
        .assert_stderr_contains(&format!("{COUNT} of {COUNT} objects that Flux applied are still there"));
    assert_eq!(workloads(&scene.plane), before);
}

#[test]
fn a_namespace_that_hangs_is_explained_by_its_conditions() {
    let scene = bootstrapped();
    scene.plane.apply(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: stays, namespace: flux-system, finalizers: [example.com/stays]}}",
    );
    let run = scene.uninstall(&[&timeout(60)]).run();
    run.assert_code(6)
        .assert_stderr_contains("✗ the namespace and all that is in it are not gone: 1 object is still there")
        .assert_stderr_contains("NamespaceFinalizersRemaining: ")
        .assert_stderr_contains("example.com/stays");
    scene.plane.patch("v1", "ConfigMap", "flux-system", "stays", &json!({"metadata": {"finalizers": null}}));
    // The note outlives everything else in the namespace, unless that is gone by now.
    scene.uninstall(&[]).run().assert_success();
    assert!(scene.plane.object("v1", "Namespace", "", "flux-system").is_none());
}

/// Changes the versions of a definition.
fn serve(scene: &Scene, plural: &str, versions: impl Fn(&Value) -> Vec<Value>) {
    let (api, kind, name) =
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", format!("{plural}.source.toolkit.fluxcd.io"));
    let live = scene.plane.object(api, kind, "", &name).unwrap();
    let newest = live["spec"]["versions"].as_array().unwrap().iter().find(|it| it["name"] == "v1").unwrap().clone();
    let versions = versions(&newest);
    scene.plane.patch(api, kind, "", &name, &json!({"spec": {"versions": versions}}));
    scene.plane.wait_object(api, kind, "", &name, |it| {
        it["status"]["conditions"]
            .as_array()
            .is_some_and(|all| all.iter().any(|it| it["type"] == "Established" && it["status"] == "True"))
    });
}

fn version(newest: &Value, name: &str, served: bool, storage: bool) -> Value {
    let mut version = newest.clone();
    (version["name"], version["served"], version["storage"]) = (name.into(), served.into(), storage.into());
    version
}

/// A source of the team's in this version, with Flux's finalizer.
fn apply_source(scene: &Scene, version: &str, kind: &str, spec: &str) {
    let plural = if kind == "Bucket" { "buckets" } else { "ocirepositories" };
    let text = format!(
        "{{apiVersion: source.toolkit.fluxcd.io/{version}, kind: {kind}, metadata: {{name: old, namespace: apps, finalizers: \
         [finalizers.fluxcd.io]}}, spec: {{suspend: true, interval: 1h, {spec}}}}}"
    );
    let path = format!("/apis/source.toolkit.fluxcd.io/{version}/namespaces/apps/{plural}");
    wait_for(&path, std::time::Duration::from_secs(60), || {
        (scene.plane.call("GET", &path, "", None).0 == 200).then_some(())
    });
    scene.plane.apply(&text);
}

/// Flux of years: one kind of which only an old version is served, and an object of another that is stored in a version
/// that is served no more.
#[test]
fn old_versions_are_read_as_they_are_served() {
    let scene = bootstrapped();
    let before = workloads(&scene.plane);
    for (plural, kind, spec) in [
        ("buckets", "Bucket", "bucketName: x, endpoint: example.com"),
        ("ocirepositories", "OCIRepository", "url: 'oci://example.com/x'"),
    ] {
        serve(&scene, plural, |newest| {
            vec![version(newest, "v1", true, false), version(newest, "v1beta2", true, true)]
        });
        apply_source(&scene, "v1beta2", kind, spec);
    }
    serve(&scene, "buckets", |newest| {
        vec![version(newest, "v1", false, false), version(newest, "v1beta2", true, true)]
    });
    serve(&scene, "ocirepositories", |newest| {
        vec![version(newest, "v1", true, true), version(newest, "v1beta2", false, false)]
    });
    let run = scene.uninstall(&[]).run();
    run.assert_success()
        .assert_stderr_contains("✔ took Flux's finalizer off 1 Bucket\n")
        .assert_stderr_contains("✔ took Flux's finalizer off 1 OCIRepository\n");
    assert_eq!(flux_parts(&scene.plane), [""; 0]);
    assert_eq!(workloads(&scene.plane), before);
}
