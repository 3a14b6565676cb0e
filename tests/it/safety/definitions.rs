//! Definitions of Flux that are being deleted.

use std::fs::File;
use std::time::Duration;

use serde_json::json;

use super::Scene;
use super::found::record_found;
use crate::support::{timeout, wait_for};

const DEFINITION: [&str; 4] =
    ["apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "buckets.source.toolkit.fluxcd.io"];

#[test]
fn a_definition_that_an_object_holds_is_refused_until_it_is_gone() {
    let scene = Scene::new();
    scene.bootstrap(&[]).run().assert_success();
    scene.plane.apply(
        "{apiVersion: source.toolkit.fluxcd.io/v1, kind: Bucket, metadata: {name: held, namespace: default, finalizers: \
         [example.com/hold]}, spec: {bucketName: a, endpoint: example.com, interval: 1h, suspend: true}}",
    );
    let [api, kind, none, name] = DEFINITION;
    scene.plane.delete(api, kind, none, name);
    let run = scene.refused(7, &["--log-level=debug"]);
    run.assert_stderr_contains("✗ the definition `buckets.source.toolkit.fluxcd.io` is being deleted")
        .assert_stderr_contains("kubectl get buckets.source.toolkit.fluxcd.io -A");
    record_found("a definition of Flux is being deleted", &run, "remove what holds it, and wait until it is gone");
    let run = scene.env.flux(["check", "--pre"]).run();
    run.assert_code(7).assert_stdout_contains("✗ the definition `buckets.source.toolkit.fluxcd.io` is being deleted");
    let free = json!({"metadata": {"finalizers": []}});
    scene.plane.patch("source.toolkit.fluxcd.io/v1", "Bucket", "default", "held", &free);
    wait_for("the definition is gone", Duration::from_secs(60), || {
        scene.plane.object(api, kind, none, name).is_none().then_some(())
    });
    scene.bootstrap(&["--log-level=debug"]).run().assert_success();
    assert!(scene.plane.object(api, kind, none, name).is_some());
}

#[test]
fn a_definition_that_goes_while_the_run_waits_is_named() {
    let scene = Scene::new();
    // Something that keeps the sync from becoming ready.
    scene.fleet.commit(
        "main",
        "Break",
        &[("clusters/a/broken.yaml", "apiVersion: v1\nkind: Nothing\nmetadata: {name: a}\n")],
    );
    let shown = scene.env.path("shown");
    let text = || fs_err::read_to_string(&shown).unwrap_or_default();
    let output = File::create(scene.env.path("out")).unwrap();
    let mut run = scene.bootstrap(&[&timeout(40)]).without_log().into_outputs(output, File::create(&shown).unwrap());
    wait_for("the run waits for the sync", Duration::from_secs(120), || {
        text().contains("waiting for Kustomization").then_some(())
    });
    let sync = ["kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system"];
    let hold = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    scene.plane.patch(sync[0], sync[1], sync[2], sync[3], &hold);
    scene.plane.delete(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "",
        "kustomizations.kustomize.toolkit.fluxcd.io",
    );
    assert_eq!(run.wait().unwrap().code(), Some(6), "{}", text());
    let text = text();
    assert!(text.contains("Terminating: it is being deleted; finalizers that hold it: "), "{text}");
    assert!(text.contains("the definition `kustomizations.kustomize.toolkit.fluxcd.io` is being deleted: "), "{text}");
}
