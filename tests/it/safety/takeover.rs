//! Flux that another tool installed: refused, taken over once for all, and refused again when the other tool is back.

use serde_json::{Value, json};

use super::Scene;
use super::guards::definition;
use super::puppets::Puppets;

const DEFINITION: [&str; 4] =
    ["apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "gitrepositories.source.toolkit.fluxcd.io"];
const HELM: &str = "{app.kubernetes.io/managed-by: Helm, team: platform}";

#[test]
fn a_taken_over_flux_is_bootstrapped_again_without_force() {
    let scene = Scene::new();
    // As a chart leaves it, in the one definition that is judged and in an object beside it.
    scene.plane.apply_as("helm", &definition("gitrepositories", "GitRepository", "source.toolkit.fluxcd.io", HELM));
    scene.plane.apply_as(
        "helm",
        &format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: flux-system, labels: {HELM}, annotations: \
             {{meta.helm.sh/release-name: flux, meta.helm.sh/release-namespace: flux-system, owner: jo}}}}}}"
        ),
    );
    let refused = |flags: &[&str]| {
        let run = scene.refused(7, flags);
        run.assert_stderr_contains("✗ the Flux in this cluster is managed by `Helm`").assert_stderr_contains("--force");
    };
    refused(&[]);
    let plan = scene.bootstrap(&["--force", "--dry-run"]).run();
    plan.assert_success()
        .assert_stdout_contains("Take over from `Helm`: its labels and annotations are taken off")
        .assert_stdout_contains("   CustomResourceDefinition/gitrepositories.source.toolkit.fluxcd.io\n")
        .assert_stdout_contains("   Namespace/flux-system\n");
    // A plan is no takeover.
    refused(&[]);

    Puppets::play(&scene.plane, &scene.fleet, || {
        let run = scene.bootstrap(&["--force"]).run();
        run.assert_success().assert_stderr_contains("✔ taken over from `Helm`: 2 objects no longer carry its marks");
        let [api, kind, none, name] = DEFINITION;
        let marks = |object: &Value| {
            let (labels, annotations) = (&object["metadata"]["labels"], &object["metadata"]["annotations"]);
            assert_eq!(labels["team"], "platform", "{labels}");
            let text = format!("{labels}{annotations}");
            ["managed-by", "meta.helm.sh"].iter().filter(|mark| text.contains(*mark)).count()
        };
        let taken = scene.plane.object(api, kind, none, name).unwrap();
        let namespace = scene.plane.object("v1", "Namespace", "", "flux-system").unwrap();
        assert_eq!((marks(&taken), marks(&namespace)), (0, 0), "{taken} {namespace}");
        assert_eq!(namespace["metadata"]["annotations"]["owner"], "jo");

        // From now on it is ours, in a run that has to apply something too.
        let before = scene.state();
        scene.bootstrap(&[]).run().assert_success();
        assert_eq!(scene.state(), before);
        scene.bootstrap(&["--log-level=debug"]).run().assert_success().assert_stderr_lacks("taken over");

        // The other tool is back, as a chart's upgrade is: refused until it is taken over again, which changes no more.
        let label = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}});
        scene.plane.patch(api, kind, none, name, &label);
        let flags = ["--log-level=debug"];
        refused(&flags);
        let run = scene.bootstrap(&["--log-level=debug", "--force"]).run();
        run.assert_success()
            .assert_stderr_contains("taken over from `Helm`: one object no longer carries its marks")
            .assert_stderr_contains("components are up to date");
        scene.bootstrap(&flags).run().assert_success();
    });
    assert_eq!(scene.fleet.log("main").len(), 2);
}

#[test]
fn an_owner_s_label_that_an_overlay_sets_is_no_other_tool_s() {
    let scene = Scene::new();
    let folder = "clusters/a/flux-system";
    let overlay = |owner: &str| {
        format!(
            "resources: [gotk-components.yaml, gotk-sync.yaml]\n\
             labels: [{{pairs: {{app.kubernetes.io/managed-by: {owner}}}, includeSelectors: false}}]\n"
        )
    };
    let file = format!("{folder}/kustomization.yaml");
    scene.fleet.commit(
        "main",
        "Prepare an overlay",
        &[
            (&file, &overlay("platform-team")),
            (&format!("{folder}/gotk-components.yaml"), ""),
            (&format!("{folder}/gotk-sync.yaml"), ""),
        ],
    );
    let owner = || {
        let [api, kind, none, name] = DEFINITION;
        scene.plane.object(api, kind, none, name).unwrap()["metadata"]["labels"]["app.kubernetes.io/managed-by"].clone()
    };
    let sync = ["kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system", "flux-system"];
    Puppets::play(&scene.plane, &scene.fleet, || {
        let bootstrap = || scene.bootstrap(&[]).run();
        bootstrap().assert_success();
        assert_eq!(owner(), "platform-team");
        bootstrap().assert_success().assert_stderr_contains("components are up to date");
        scene.env.flux(["check", "--pre"]).run().assert_success().assert_stdout_contains("no other tool manages it");
        // As a run leaves it that was stopped before the sync.
        let [api, kind, namespace, name] = sync;
        scene.plane.delete(api, kind, namespace, name);
        bootstrap().assert_success();
        // The label is another before the cluster has heard of it.
        scene.fleet.commit("main", "Rename the team", &[(&file, &overlay("delivery-team"))]);
        bootstrap().assert_success();
        // A tool that says the same says so for itself.
        let [api, kind, none, name] = DEFINITION;
        let label = json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}});
        scene.plane.patch(api, kind, none, name, &label);
        scene.refused(7, &[]).assert_stderr_contains("✗ the Flux in this cluster is managed by `Helm`");
    });
}
