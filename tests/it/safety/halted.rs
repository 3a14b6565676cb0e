//! Marks that stop Flux from managing its own objects.

use std::time::Duration;

use serde_json::json;

use super::Scene;
use super::found::record_found;
use crate::support::wait_for;

#[test]
fn marks_that_stop_flux_are_told_and_taken_off_with_force() {
    let scene = Scene::new();
    scene.bootstrap(&[]).run().assert_success();
    let deployment = ["apps/v1", "Deployment", "flux-system", "source-controller"];
    let [api, kind, namespace, name] = deployment;
    let ssa = json!({"metadata": {"annotations": {"kustomize.toolkit.fluxcd.io/ssa": "Ignore"}}});
    scene.plane.patch(api, kind, namespace, name, &ssa);
    let disabled = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}}});
    scene.plane.patch("v1", "Service", namespace, "webhook-receiver", &disabled);

    let both = "`Deployment/flux-system/source-controller` (`kustomize.toolkit.fluxcd.io/ssa: Ignore`), \
                `Service/flux-system/webhook-receiver` (`kustomize.toolkit.fluxcd.io/reconcile: disabled`)";
    for arguments in [&["check"][..], &["check", "--pre"]] {
        let run = scene.env.flux(arguments).run();
        run.assert_success().assert_stdout_contains(&format!("marks stop Flux from managing {both}"));
    }
    // A run that has something to apply asks for all marks.
    let run = scene.bootstrap(&["--log-level=debug"]).run();
    run.assert_success().assert_stderr_contains(both).assert_stderr_contains("--force takes them off");
    record_found("marks stop Flux from managing its own objects", &run, "`--force`");
    let plan = scene.bootstrap(&["--log-level=debug", "--force", "--dry-run"]).run();
    plan.assert_success()
        .assert_stdout_contains("Take off the marks that stop Flux from managing itself\n")
        .assert_stdout_contains(
            "   Deployment/flux-system/source-controller (kustomize.toolkit.fluxcd.io/ssa: Ignore)\n",
        );
    let run = scene.bootstrap(&["--log-level=debug", "--force"]).run();
    run.assert_success().assert_stderr_contains(
        "taken off what stopped Flux from managing Deployment/flux-system/source-controller, Service/flux-system/webhook-receiver",
    );

    // Flux puts right again what somebody changes.
    scene.plane.patch(api, kind, namespace, name, &json!({"spec": {"replicas": 2}}));
    let at = json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}});
    scene.plane.patch("kustomize.toolkit.fluxcd.io/v1", "Kustomization", namespace, namespace, &at);
    wait_for("Flux corrects its Deployment", Duration::from_secs(120), || {
        let object = scene.plane.object(api, kind, namespace, name)?;
        (object["spec"]["replicas"] == 1).then_some(())
    });
    scene.bootstrap(&[]).run().assert_success().assert_stderr_lacks("marks stop Flux");
}
