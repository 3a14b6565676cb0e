//! Namespaces that nothing makes: said before anything is written, with the way out.

use super::puppets::Puppets;
use super::{Scene, bootstrap};
use crate::support::{Identity, TestEnv};

const MISSING: &str = "✗ namespace `flux-system` does not exist, and nothing that this run would apply makes it";

#[test]
fn objects_without_their_namespace_are_refused_before_anything_is_written() {
    let scene = Scene::new();
    // A folder of somebody's own, as `flux install --export` makes it but for its first object.
    let all = scene.bootstrap(&["--export"]).run();
    let mut documents: Vec<&str> = all.assert_success().stdout.split("\n---\n").collect();
    let sync = ["kind: GitRepository\nmetadata", "kind: Kustomization\nmetadata", "kind: Secret\nmetadata"];
    documents.retain(|it| !sync.iter().any(|head| it.contains(head)));
    let (spaces, rest): (Vec<&str>, Vec<&str>) = documents.iter().partition(|it| it.contains("kind: Namespace\n"));
    assert!(spaces.len() == 1 && rest.len() > 20, "{} {}", spaces.len(), rest.len());
    let own = rest.join("\n---\n");
    scene.env.write("work/own/components.yaml", &own);
    let list = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [components.yaml]\n";
    scene.env.write("work/own/kustomization.yaml", list);
    let run = scene.refused(7, &["--manifests=own"]);
    run.assert_stderr_contains(MISSING)
        .assert_stderr_contains("/own`, named by --manifests, has no Namespace object of that name")
        .assert_stderr_contains("hint: Add one there, or create it first: `kubectl create namespace flux-system`.");

    // Side by side with what the Git server refuses.
    scene.azure.admit(Identity::reader("Reader", "reader-token-of-the-bed"));
    let reader = TestEnv::new().with_azure(&scene.azure).with_cluster(&scene.plane);
    reader.write("work/own/components.yaml", &own);
    reader.write("work/own/kustomization.yaml", list);
    let run =
        bootstrap(&reader, &scene.azure, &scene.fleet, &["--manifests=own"]).stdin("reader-token-of-the-bed").run();
    run.assert_code(7).assert_stderr_contains(MISSING).assert_stderr_contains("✗ cannot push to branch `main`");

    // Nor without the definitions of the sync objects' kinds.
    let (_, undefined): (Vec<&str>, Vec<&str>) =
        documents.iter().partition(|it| it.contains("kind: CustomResourceDefinition\n"));
    scene.env.write("work/own/components.yaml", undefined.join("\n---\n"));
    let run = scene.refused(7, &["--manifests=own"]);
    run.assert_stderr_contains(
        "✗ the cluster does not know the kind `GitRepository` of `source.toolkit.fluxcd.io/v1`, and nothing that this run",
    )
    .assert_stderr_contains("caused by: also `Kustomization` of `kustomize.toolkit.fluxcd.io/v1`")
    .assert_stderr_contains("hint: Add the CustomResourceDefinition to `");
    scene.env.write("work/own/components.yaml", &own);

    Puppets::play(&scene.plane, &scene.fleet, || {
        scene.plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}");
        scene.bootstrap(&["--manifests=own"]).run().assert_success();

        // An overlay's object elsewhere.
        scene.fleet.commit(
            "main",
            "Add a service of monitoring",
            &[
                ("clusters/a/flux-system/service.yaml", "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: monitoring}, spec: {ports: [{port: 80}]}}\n"),
                ("clusters/a/flux-system/kustomization.yaml", "resources: [gotk-components.yaml, gotk-sync.yaml, service.yaml]\n"),
            ],
        );
        let run = scene.refused(7, &["--manifests=own", "--interval=2m"]);
        run.assert_stderr_contains("✗ namespace `monitoring` does not exist").assert_stderr_contains(
            "hint: Put its Namespace object beside the objects that are in it, or create it first",
        );
        scene.plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: monitoring}}");
        scene.bootstrap(&["--manifests=own", "--interval=2m"]).run().assert_success();
        assert!(scene.plane.object("v1", "Service", "monitoring", "a").is_some());
    });
}
