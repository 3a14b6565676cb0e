//! What stands around a bootstrap: other clusters in the repository, kustomizations of the user, Secrets of other tools.

use super::Scene;
use super::found::record_found;
use crate::support::{ControlPlane, TestEnv, bootstrap};

const SYNC: [&str; 4] = ["kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system"];

fn is_ready(plane: &ControlPlane) -> bool {
    let [version, kind, namespace, name] = SYNC;
    plane.ready_condition(version, kind, namespace, name).is_some_and(|(status, ..)| status == "True")
}

#[test]
fn a_path_within_another_cluster_s_is_refused_and_that_cluster_stays_healthy() {
    let one = Scene::new();
    one.bootstrap(&["--path=clusters"]).run().assert_success();
    let tip = one.fleet.tip("main");
    let two = ControlPlane::lease();
    two.use_azure(&one.azure);
    let env = TestEnv::new().with_azure(&one.azure).with_cluster(&two);
    let run = bootstrap(&env, &one.azure, &one.fleet, &["--path=clusters/two"]).run();
    run.assert_code(7)
        .assert_stderr_contains("`--path=./clusters/two` lies below `./clusters`, which another cluster syncs")
        .assert_stderr_contains("clusters/flux-system/gotk-sync.yaml")
        .assert_stderr_contains("--allow-nested-path");
    let out = "a folder beside it, a kustomization.yaml that keeps this one out, or `--allow-nested-path`";
    record_found("another cluster's path holds `--path`", &run, out);
    // The other way round: the root holds the Flux of cluster one.
    let run = bootstrap(&env, &one.azure, &one.fleet, &["--path=./"]).run();
    run.assert_code(7)
        .assert_stderr_contains("holds the Flux of another cluster")
        .assert_stderr_contains("--allow-nested-path");
    let out = "this cluster's folder, a kustomization.yaml that keeps the other out, or `--allow-nested-path`";
    record_found("`--path` holds another cluster's Flux", &run, out);
    assert_eq!(one.fleet.tip("main"), tip);
    assert!(is_ready(&one.plane));
    assert!(two.object("v1", "Namespace", "", "flux-system").is_none());
    // Kept out of the other cluster's path, it may lie there.
    let kept_out = [
        ("clusters/kustomization.yaml", "resources: [flux-system]\n"),
        ("clusters/flux-system/kustomization.yaml", "resources: [gotk-components.yaml, gotk-sync.yaml]\n"),
    ];
    one.fleet.commit("main", "Keep the second cluster out", &kept_out);
    bootstrap(&env, &one.azure, &one.fleet, &["--path=clusters/two"]).run().assert_success();
    one.bootstrap(&["--path=clusters"]).run().assert_success();
    assert!(is_ready(&one.plane) && is_ready(&two));
}

#[test]
fn a_nested_path_on_purpose_leaves_both_clusters_healthy() {
    let one = Scene::new();
    one.bootstrap(&["--path=clusters"]).run().assert_success();
    // Cluster one leaves the folder out by itself, which nobody else can know.
    let file = "clusters/flux-system/gotk-sync.yaml";
    let ignoring = one.fleet.file("main", file).replacen(
        "  interval: 1m0s\n",
        "  ignore: |\n    /clusters/two/\n  interval: 1m0s\n",
        1,
    );
    one.fleet.commit("main", "Leave the second cluster out", &[(file, &ignoring)]);
    one.bootstrap(&["--path=clusters"]).run().assert_success();
    let two = ControlPlane::lease();
    two.use_azure(&one.azure);
    let env = TestEnv::new().with_azure(&one.azure).with_cluster(&two);
    let nested = |flags: &[&str]| {
        let flags: Vec<&str> = ["--path=clusters/two"].into_iter().chain(flags.iter().copied()).collect();
        bootstrap(&env, &one.azure, &one.fleet, &flags).run()
    };
    nested(&[]).assert_code(7).assert_stderr_contains("--allow-nested-path");
    nested(&["--allow-nested-path"]).assert_success();
    one.bootstrap(&["--path=clusters", "--allow-nested-path"]).run().assert_success();
    assert!(is_ready(&one.plane) && is_ready(&two));
}

#[test]
fn an_export_into_a_checkout_refuses_another_cluster_s_path_too() {
    let env = TestEnv::new();
    let url = "--url=https://git.example.com/fleet";
    let export = |path: &str, flags: &[&str]| {
        let (folder, path) = (format!("--export-dir={}", env.path("checkout").display()), format!("--path={path}"));
        let arguments = ["bootstrap", "git", "--token-auth", url, &folder, &path];
        env.flux(arguments.iter().chain(flags)).run()
    };
    export("clusters", &[]).assert_success();
    let holds = |path: &str| env.path("checkout").join(path).exists();
    export("clusters/two", &[])
        .assert_code(7)
        .assert_stderr_contains("`--path=./clusters/two` lies below `./clusters`, which another cluster syncs")
        .assert_stderr_contains("clusters/flux-system/gotk-sync.yaml");
    export("./", &[]).assert_code(7).assert_stderr_contains("holds the Flux of another cluster");
    assert!(!holds("clusters/two") && !holds("flux-system"));
    export("clusters", &[]).assert_success();
    export("elsewhere", &[]).assert_success();
    export("clusters/two", &["--allow-nested-path"]).assert_success();
    assert!(holds("clusters/two/flux-system/gotk-sync.yaml"));
}

#[test]
fn a_kustomization_above_may_label_flux_but_not_rename_it() {
    let scene = Scene::new();
    let above =
        |text: &str| scene.fleet.commit("main", "Change what stands above", &[("clusters/a/kustomization.yaml", text)]);
    let file = [
        ("clusters/a/flux-system/gotk-components.yaml", ""),
        ("clusters/a/flux-system/gotk-sync.yaml", ""),
        ("clusters/a/flux-system/kustomization.yaml", "resources: [gotk-components.yaml, gotk-sync.yaml]\n"),
        ("clusters/a/kustomization.yaml", "resources: [flux-system]\nnamespace: apps\n"),
    ];
    scene.fleet.commit("main", "Begin with an overlay", &file);
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("`clusters/a/kustomization.yaml` line 2 makes `Kustomization/apps/flux-system`");
    record_found("a kustomization above moves Flux", &run, "labels and patches there; no name, no namespace");
    above("resources: [flux-system]\nnamePrefix: team-\n");
    scene.refused(7, &[]).assert_stderr_contains("`Kustomization/flux-system/team-flux-system`");
    above("resources: [flux-system, gone]\n");
    scene.refused(1, &[]).assert_stderr_contains("clusters/a/gone");
    above("resources: [flux-system]\nlabels: [{pairs: {team: platform}}]\n");
    scene.bootstrap(&[]).run().assert_success();
    let deployment = scene.plane.object("apps/v1", "Deployment", "flux-system", "source-controller").unwrap();
    assert_eq!(deployment["metadata"]["labels"]["team"], "platform");
    // The first sync brought about nothing else than the run.
    let again = scene.bootstrap(&["--dry-run"]).run();
    again.assert_success().assert_stdout_contains("Nothing would be changed.");
}

#[test]
fn a_secret_of_another_owner_is_left_alone() {
    let scene = Scene::new();
    scene.plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}");
    scene.plane.apply(
        "{apiVersion: v1, kind: Secret, metadata: {name: flux-system, namespace: flux-system, labels: {reconcile.external-secrets.io/managed: 'true'}}, stringData: {username: git, password: read-only}}",
    );
    let run = scene.refused(7, &[]);
    run.assert_stderr_contains("secret `flux-system/flux-system` is managed by External Secrets")
        .assert_stderr_contains("--overwrite-secret");
    record_found("the source secret is another tool's", &run, "another `--secret-name`, or `--overwrite-secret`");
    let password = || scene.plane.secret_value("flux-system", "flux-system", "password");
    assert_eq!(password().as_deref(), Some("read-only"));
    scene.bootstrap(&["--overwrite-secret"]).run().assert_success();
    assert_eq!(password(), Some(scene.azure.token()));
}

#[test]
fn a_source_that_is_behind_is_asked_to_look_at_once() {
    let scene = Scene::new();
    scene.bootstrap(&["--interval=1h"]).run().assert_success();
    scene.fleet.commit("main", "Go on", &[("README.md", "more\n")]);
    // Nothing is to be pushed, and the cluster would look again in an hour.
    scene.bootstrap(&["--interval=1h", "--timeout=2m"]).run().assert_success();
    assert!(is_ready(&scene.plane));
}
