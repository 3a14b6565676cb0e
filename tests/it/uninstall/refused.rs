//! What an uninstall refuses before it touches anything.

use serde_json::json;

use super::{bootstrapped, flux_parts, workloads};
use crate::support::{Output, Scene, TestEnv};

/// Everything of Flux with what identifies each write.
fn state(scene: &Scene) -> Vec<String> {
    let mut state = flux_parts(&scene.plane);
    for (version, kind) in [
        ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
        ("source.toolkit.fluxcd.io/v1", "GitRepository"),
        ("apps/v1", "Deployment"),
        ("v1", "Namespace"),
    ] {
        let objects = scene.plane.objects(version, kind, "");
        let told = |object: &serde_json::Value| {
            let metadata = &object["metadata"];
            format!(
                "{kind} {} {} {} {}",
                metadata["uid"], metadata["generation"], metadata["annotations"], metadata["finalizers"]
            )
        };
        state.extend(objects.iter().map(told));
    }
    state
}

#[track_caller]
fn refused(scene: &Scene, env: &TestEnv, code: i32, flags: &[&str]) -> Output {
    let before = state(scene);
    let run = env.flux(["uninstall"].iter().chain(flags)).run();
    run.assert_code(code).assert_stderr_contains("done so far: nothing was removed");
    assert_eq!(state(scene), before, "{flags:?}");
    run
}

#[test]
fn nothing_is_touched_before_everything_is_known() {
    let scene = bootstrapped();
    let env = &scene.env;
    refused(&scene, env, 7, &[]).assert_stderr_contains("✗ nobody can be asked").assert_stderr_contains("--silent");
    refused(&scene, env, 7, &["-s", "--expect-context=production"]).assert_stderr_contains("`--expect-context` names");
    refused(&scene, env, 7, &["-s", "-napps"])
        .assert_stderr_contains("Flux is not in namespace `apps`, but in `flux-system`");

    // Somebody's database is there, and its volume.
    scene.plane.apply(
        "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, namespace: flux-system}, spec: {accessModes: \
         [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}",
    );
    let run = refused(&scene, env, 7, &["-s"]);
    run.assert_stderr_contains("holds what is not of Flux: `PersistentVolumeClaim/flux-system/data`")
        .assert_stderr_contains("--keep-namespace")
        .assert_stderr_contains("--force");
    scene.env.flux(["uninstall", "-s", "--force", "--dry-run"]).run().assert_success();

    // Somebody's policy keeps the Services.
    scene.plane.apply(POLICY);
    crate::support::wait_for("the policy", std::time::Duration::from_secs(60), || {
        let path = "/api/v1/namespaces/flux-system/services/source-controller?dryRun=All";
        (scene.plane.call("DELETE", path, "application/json", None).0 != 200).then_some(())
    });
    let run = refused(&scene, env, 5, &["-s", "--keep-namespace"]);
    run.assert_stderr_contains("denies `Service/flux-system/source-controller`")
        .assert_stderr_contains("Services stay");

    // Somebody who may only look.
    let rules = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]);
    let viewer = TestEnv::new().with_kubeconfig(&scene.plane.user(&rules).kubeconfig);
    let run = refused(&scene, &viewer, 5, &["-s", "--keep-namespace"]);
    run.assert_stderr_contains("✗ this identity lacks rights in the cluster that the plan needs")
        .assert_stderr_contains("caused by: patch kustomizations.kustomize.toolkit.fluxcd.io")
        .assert_stderr_contains("caused by: delete deployments.apps in namespace `flux-system`");
    assert_eq!(workloads(&scene.plane).len(), super::COUNT);
}

const POLICY: &str = "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: services-stay}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [DELETE], resources: [services]}]}
  validations: [{expression: 'false', message: Services stay}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: services-stay}
spec: {policyName: services-stay, validationActions: [Deny]}
";
