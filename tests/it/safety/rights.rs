//! What the cluster does not allow is said before anything is written, as far as the cluster can say it.

use std::time::Duration;

use serde_json::json;

use super::{Scene, bootstrap};
use crate::support::{TestEnv, wait_for};

#[test]
fn rights_that_the_plan_needs_are_named_and_a_rerun_needs_none() {
    let scene = Scene::new();
    let reader =
        scene.plane.user(&json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]));
    let as_reader = TestEnv::new().with_azure(&scene.azure).with_kubeconfig(&reader.kubeconfig);
    let before = scene.state();
    let run = bootstrap(&as_reader, &scene.azure, &scene.fleet, &[]).run();
    run.assert_code(5)
        .assert_stderr_contains("✗ this identity lacks rights in the cluster that the plan needs")
        .assert_stderr_contains("caused by: create, patch namespaces")
        .assert_stderr_contains("create, patch customresourcedefinitions.apiextensions.k8s.io")
        .assert_stderr_contains("create, patch deployments.apps in namespace `flux-system`")
        .assert_stderr_contains("create, patch secrets in namespace `flux-system`")
        .assert_stderr_contains("kubectl auth can-i")
        .assert_stderr_contains("done so far: nothing was pushed or applied");
    let acting = format!("--as={}", reader.name);
    scene
        .bootstrap(&[&acting])
        .run()
        .assert_code(5)
        .assert_stderr_contains(&format!("check with `kubectl auth can-i create namespaces {acting}`."));
    assert_eq!(scene.state(), before);

    scene.bootstrap(&[]).run().assert_success();
    let before = scene.state();
    let rerun = bootstrap(&as_reader, &scene.azure, &scene.fleet, &[]).run();
    rerun.assert_success().assert_stderr_contains("all components are healthy");
    assert_eq!(scene.state(), before);

    // A new token would have to be written.
    let renewed = scene.azure.token().chars().rev().collect::<String>();
    scene.azure.admit(crate::support::Identity::contributor("Build\\new", &renewed));
    let run = bootstrap(&as_reader, &scene.azure, &scene.fleet, &[]).stdin(&renewed).run();
    run.assert_code(5)
        .assert_stderr_contains("patch secrets in namespace `flux-system`")
        .assert_stderr_contains("done so far: nothing was pushed or applied");
    assert_eq!(scene.state(), before);

    // Rotation: the old token is dead, so only the new one can have brought the source up to what was asked for.
    scene.azure.revoke(&scene.azure.token());
    scene.bootstrap(&[]).stdin(&renewed).run().assert_success().assert_stderr_contains("GitRepository reconciled");
    assert_eq!(scene.plane.secret_value("flux-system", "flux-system", "password").as_deref(), Some(renewed.as_str()));
    let source =
        scene.plane.object("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system").unwrap();
    let asked = &source["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"];
    assert!(asked.is_string(), "{source}");
    assert_eq!(&source["status"]["lastHandledReconcileAt"], asked);
    assert_eq!(scene.fleet.log("main").len(), 1);
}

#[test]
fn an_admission_policy_speaks_before_the_push_where_it_can() {
    let scene = Scene::new();
    policy(
        &scene,
        "no-cluster-roles",
        "rbac.authorization.k8s.io",
        "clusterroles",
        "roles are made by the platform team",
    );
    wait_for("the policy", Duration::from_secs(30), || {
        let role =
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "probe"}});
        let path = "/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All";
        (scene.plane.call("POST", path, "application/json", Some(&role)).0 == 422).then_some(())
    });
    let run = scene.refused(5, &[]);
    run.assert_stderr_contains("admission policy `no-cluster-roles` denies `ClusterRole/crd-controller-flux-system`")
        .assert_stderr_contains("roles are made by the platform team")
        .assert_stderr_contains("hint: Ask the owner of that policy for an exception");
    let binding = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/no-cluster-roles";
    assert_eq!(scene.plane.call("DELETE", binding, "application/json", None).0, 200);

    // What lives in a namespace that does not exist yet cannot be judged before; then nothing of it is applied.
    policy(&scene, "no-deployments", "apps", "deployments", "not on a Friday");
    wait_for("the policies", Duration::from_secs(30), || {
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "probe"}, "spec":
            {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec":
                {"containers": [{"name": "a", "image": "a"}]}}}});
        let path = "/apis/apps/v1/namespaces/default/deployments?dryRun=All";
        let role =
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "probe"}});
        let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All";
        (scene.plane.call("POST", path, "application/json", Some(&deployment)).0 == 422
            && scene.plane.call("POST", roles, "application/json", Some(&role)).0 == 201)
            .then_some(())
    });
    let run = scene.bootstrap(&[]).run();
    run.assert_code(5)
        .assert_stderr_contains("admission policy `no-deployments` denies `Deployment/flux-system/source-controller`")
        .assert_stderr_contains("not on a Friday")
        .assert_stderr_contains("done so far: commit ");
    assert!(scene.plane.objects("apps/v1", "Deployment", "").is_empty());
    assert!(scene.plane.objects("v1", "Service", "flux-system").is_empty());
    let binding = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/no-deployments";
    assert_eq!(scene.plane.call("DELETE", binding, "application/json", None).0, 200);
    wait_for("the end of the policy", Duration::from_secs(30), || {
        let plan = scene.bootstrap(&["--dry-run"]).run();
        (plan.code() == 0).then_some(())
    });
    scene.bootstrap(&[]).run().assert_success();
    assert_eq!(scene.fleet.log("main").len(), 1);
}

fn policy(scene: &Scene, name: &str, group: &str, resource: &str, message: &str) {
    scene.plane.apply(&format!(
        "
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {name}}}
spec:
  matchConstraints:
    resourceRules: [{{apiGroups: ['{group}'], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [{resource}]}}]
  validations: [{{expression: 'false', message: {message}}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {name}}}
spec: {{policyName: {name}, validationActions: [Deny]}}
"
    ));
}
