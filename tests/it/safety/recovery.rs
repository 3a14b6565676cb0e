//! Repositories and clusters with a past: made by the reference tool, lost and rebuilt, installed by an older Flux.

use super::{Scene, objects};

const FOLDER: &str = "clusters/a/flux-system";
const KUSTOMIZATION: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- gotk-components.yaml\n- gotk-sync.yaml\n";

fn golden(file: &str) -> String {
    fs_err::read_to_string(format!("{}/tests/golden/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The components as the reference writes them, without description texts.
fn reference_components() -> String {
    let text = golden("components/default.yaml");
    let (_command, text) = text.split_once('\n').unwrap();
    format!("---\n{text}")
}

#[test]
fn a_lost_cluster_is_rebuilt_from_the_repository_of_the_reference_tool() {
    let scene = Scene::new();
    let golden = golden("sync/https-token.yaml");
    let field = |name: &str| golden.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap().trim().to_owned();
    let sync = golden.replace(&field("url:"), &scene.fleet.url()).replace(&field("path:"), "./clusters/a");
    let components = reference_components();
    let files = [
        ("gotk-components.yaml", components.as_str()),
        ("gotk-sync.yaml", &sync),
        ("kustomization.yaml", KUSTOMIZATION),
    ];
    let files = files.map(|(name, text)| (format!("{FOLDER}/{name}"), text));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    scene.fleet.commit("main", "Add Flux sync manifests", &files);
    let tip = scene.fleet.tip("main");
    let run = scene.bootstrap(&[]).run();
    run.assert_success().assert_stderr_contains("up to date").assert_stderr_lacks("committed");
    assert_eq!(scene.fleet.tip("main"), tip);
    // Once more, where the cluster is as the reference leaves it: nothing at all is written.
    let before = scene.state();
    scene.bootstrap(&[]).run().assert_success().assert_stderr_contains("components are up to date");
    assert_eq!(scene.state(), before);

    // Someone deletes a Deployment; the next run repairs it.
    scene.plane.delete("apps/v1", "Deployment", "flux-system", "helm-controller");
    scene.bootstrap(&[]).run().assert_success();
    assert!(scene.plane.object("apps/v1", "Deployment", "flux-system", "helm-controller").is_some());

    // Or the source, while the Kustomization still says that all is well.
    let source = ["source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system"];
    let [api, kind, namespace, name] = source;
    scene.plane.delete(api, kind, namespace, name);
    crate::support::wait_for("the source's end", std::time::Duration::from_secs(30), || {
        scene.plane.object(api, kind, namespace, name).is_none().then_some(())
    });
    scene.bootstrap(&["--timeout=1m"]).run().assert_success().assert_stderr_contains("applying sync manifests");
    assert_eq!(scene.fleet.tip("main"), tip);
}

#[test]
fn an_older_flux_is_upgraded() {
    let scene = Scene::new();
    let older = reference_components().replace("v2.9.5", "v2.9.3");
    scene.env.write("work/older/components.yaml", &older);
    scene.env.write(
        "work/older/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [components.yaml]\n",
    );
    scene.bootstrap(&["--manifests=older"]).run().assert_success();
    let version = || {
        let name = "gitrepositories.source.toolkit.fluxcd.io";
        let definition = scene.plane.object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name).unwrap();
        definition["metadata"]["labels"]["app.kubernetes.io/version"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(version(), "v2.9.3");
    let held = objects(&scene.plane, false);
    let run = scene.bootstrap(&[]).run();
    run.assert_success().assert_stderr_contains("committed");
    let log = scene.fleet.log("main");
    assert_eq!(log.len(), 2);
    assert_eq!(log[0].message, "Add Flux v2.9.5 component manifests");
    assert_eq!(version(), "v2.9.5");
    assert_eq!(objects(&scene.plane, false), held);
    let pods = scene.plane.object("apps/v1", "Deployment", "flux-system", "source-controller").unwrap();
    assert_eq!(pods["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/version"], "v2.9.5");
}
