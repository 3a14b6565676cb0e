//! What a run refuses, with the flag that overrides it, before anything is written.

use serde_json::json;

use super::Scene;

const KUSTOMIZATION: [&str; 4] = ["kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system"];

#[test]
fn another_source_path_or_fewer_components_are_refused() {
    let scene = Scene::new();
    let extra = "--components-extra=image-reflector-controller,image-automation-controller";
    scene.bootstrap(&[extra]).run().assert_success();
    // Nothing to do, in every spelling of the same repository and path.
    let tip = scene.fleet.tip("main");
    for url in
        ["https://acme@dev.azure.com/ACME/Platform/_git/Fleet", "https://acme.visualstudio.com/platform/_git/fleet"]
    {
        let run = scene.refused(7, &[&format!("--url={url}"), "--path=./clusters/a/"]);
        run.assert_stderr_contains("image-reflector-controller");
        run.assert_stderr_lacks("is already synced from");
    }
    let run = scene.refused(7, &[extra, "--path=clusters/b"]);
    run.assert_stderr_contains("already synced from path `./clusters/a`").assert_stderr_contains("--allow-path-change");
    let other = scene.azure.repository("acme", "platform", "other").seed(&[("README.md", "other")]);
    let other_url = format!("--url={}", other.url());
    let run = scene.refused(7, &[extra, &other_url]);
    run.assert_stderr_contains("already synced from `https://dev.azure.com/acme/platform/_git/fleet`")
        .assert_stderr_contains("--allow-source-change");
    scene.fleet.commit("prod", "Another branch", &[("README.md", "prod")]);
    let run = scene.refused(7, &[extra, "--branch=prod"]);
    run.assert_stderr_contains("main").assert_stderr_contains("prod").assert_stderr_contains("--allow-source-change");

    // Everything that is wrong is said at once, each with its own flag.
    let run = scene.refused(7, &[&other_url, "--path=clusters/b"]);
    run.assert_stderr_contains("--allow-path-change")
        .assert_stderr_contains("--allow-source-change")
        .assert_stderr_contains("--components-extra=image-")
        .assert_stderr_contains("--allow-component-removal");
    // The header is gone, but the cluster's inventory still names them.
    assert_eq!(scene.fleet.tip("main"), tip);
    let old = scene.fleet.file("main", "clusters/a/flux-system/gotk-components.yaml");
    let headless = old.replace(",image-reflector-controller,image-automation-controller\n", "\n");
    assert_ne!(old, headless);
    scene.fleet.commit("main", "Lose the header", &[("clusters/a/flux-system/gotk-components.yaml", &headless)]);
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("`image-reflector-controller`").assert_stderr_contains("--allow-component-removal");

    // A newer Flux is not replaced by an older one unless its version is named.
    let newer = old.replace("# Flux Version: v2.9.5", "# Flux Version: v2.9.9");
    scene.fleet.commit("main", "Upgrade", &[("clusters/a/flux-system/gotk-components.yaml", &newer)]);
    let run = scene.refused(7, &[extra]);
    run.assert_stderr_contains("the repository holds Flux v2.9.9").assert_stderr_contains("--version=v2.9.5");
    let plan = scene.bootstrap(&[extra, "--version=v2.9.5", "--dry-run"]).run();
    plan.assert_success();

    // What the sync will delete is told beforehand.
    let plan = scene.bootstrap(&["--version=v2.9.5", "--allow-component-removal", "--dry-run"]).run();
    plan.assert_success()
        .assert_stdout_contains("\nWill be removed from the cluster by the sync:\n   ")
        .assert_stdout_contains("\n   Deployment/flux-system/image-reflector-controller\n")
        .assert_stdout_contains("   CustomResourceDefinition/imagerepositories.image.toolkit.fluxcd.io\n")
        .assert_stderr_contains("`imagerepositories.image.toolkit.fluxcd.io`")
        .assert_stderr_contains("all objects of those kinds are deleted");

    // The overrides, all in one: the cluster moves to the other repository without the extra components.
    let flags =
        [&other_url, "--path=clusters/b", "--allow-path-change", "--allow-source-change", "--allow-component-removal"];
    let run = scene.bootstrap(&flags).run();
    run.assert_success()
        .assert_stderr_contains("the folder `clusters/a` stays in the repository")
        .assert_stderr_contains(
            "⚠️ the source changes from `https://dev.azure.com/acme/platform/_git/fleet` to \
         `https://dev.azure.com/acme/platform/_git/other`: what only the old one holds is deleted from the cluster\n",
        );
    let [api, kind, namespace, name] = KUSTOMIZATION;
    let sync = scene.plane.object(api, kind, namespace, name).unwrap();
    assert_eq!(sync["spec"]["path"], "./clusters/b");
    assert!(scene.plane.object("apps/v1", "Deployment", namespace, "image-reflector-controller").is_none());
}

#[test]
fn a_foreign_flux_a_dying_namespace_and_a_wrong_cluster_are_refused() {
    let scene = Scene::new();
    let run = scene.refused(7, &["--expect-context=production"]);
    run.assert_stderr_contains("this run would change the cluster of context `testbed`")
        .assert_stderr_contains("`--expect-context` names `production`")
        .assert_stderr_contains("hint: The kubeconfig has no such context, but `testbed`: name another kubeconfig");

    // The namespace is being deleted.
    scene.plane.apply(
        "{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: \
         {name: stays, namespace: flux-system, finalizers: [example.com/stays]}}",
    );
    scene.plane.delete("v1", "Namespace", "", "flux-system");
    scene.plane.wait_object("v1", "Namespace", "", "flux-system", |it| it["status"]["phase"] == "Terminating");
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("✗ namespace `flux-system` is being deleted");
    scene.plane.patch("v1", "ConfigMap", "flux-system", "stays", &json!({"metadata": {"finalizers": null}}));
    crate::support::wait_for("the namespace's end", std::time::Duration::from_secs(30), || {
        scene.plane.object("v1", "Namespace", "", "flux-system").is_none().then_some(())
    });

    // Microsoft's extension.
    scene.plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}");
    scene.plane.apply(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: fluxconfig-agent, namespace: flux-system}, spec: {selector: \
         {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}}",
    );
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("the Flux extension of AKS or Azure Arc").assert_stderr_contains("--force");
    scene.plane.delete("apps/v1", "Deployment", "flux-system", "fluxconfig-agent");

    // The Flux Operator.
    scene.plane.apply(&definition("fluxinstances", "FluxInstance", "fluxcd.controlplane.io", "{}"));
    scene.plane.wait_object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "",
        "fluxinstances.fluxcd.controlplane.io",
        |it| {
            it["status"]["conditions"]
                .as_array()
                .is_some_and(|all| all.iter().any(|it| it["type"] == "Established" && it["status"] == "True"))
        },
    );
    crate::support::wait_for("FluxInstance", std::time::Duration::from_secs(30), || {
        let instance = json!({"apiVersion": "fluxcd.controlplane.io/v1", "kind": "FluxInstance",
            "metadata": {"name": "flux", "namespace": "flux-system"}});
        let path = "/apis/fluxcd.controlplane.io/v1/namespaces/flux-system/fluxinstances";
        (scene.plane.call("POST", path, "application/json", Some(&instance)).0 == 201).then_some(())
    });
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("the Flux Operator (FluxInstance `flux-system/flux`)").assert_stderr_contains("--force");
    let (status, _) = scene.plane.call(
        "DELETE",
        "/apis/fluxcd.controlplane.io/v1/namespaces/flux-system/fluxinstances/flux",
        "application/json",
        None,
    );
    assert_eq!(status, 200);

    // Somebody's Helm chart.
    scene.plane.apply(&definition(
        "gitrepositories",
        "GitRepository",
        "source.toolkit.fluxcd.io",
        "{app.kubernetes.io/managed-by: Helm}",
    ));
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("✗ the Flux in this cluster is managed by `Helm`").assert_stderr_contains("--force");
    scene.bootstrap(&["--force", "--expect-context=testbed"]).run().assert_success();
}

pub(super) fn definition(plural: &str, kind: &str, group: &str, labels: &str) -> String {
    format!(
        "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: {plural}.{group}, labels: \
         {labels}}}, spec: {{group: {group}, scope: Namespaced, names: {{plural: {plural}, kind: {kind}, listKind: {kind}List, \
         singular: {}}}, versions: [{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object, \
         x-kubernetes-preserve-unknown-fields: true}}}}}}]}}}}",
        kind.to_lowercase()
    )
}
