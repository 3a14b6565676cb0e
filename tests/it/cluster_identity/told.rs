//! What a run tells of an identity's way, and does about it while it waits.

use super::{SOURCE, assert_without_secret, bed, with_identity, without_tokens};
use crate::passwordless::CONTROLLER;
use crate::support::{SOON, TestCa, timeout, wait_for};

#[test]
fn while_entra_refuses_the_source_is_asked_again_and_again_with_twenty_seconds_between() {
    let bed = bed();
    let flag = without_tokens(&bed);
    let running = with_identity(&bed, &[&flag]).spawn();
    let [version, kind, namespace, name] = SOURCE;
    let asked_after = |before: Option<&str>| {
        wait_for("a request that the controller has taken up", SOON, || {
            let source = bed.plane.object(version, kind, namespace, name)?;
            let asked = source["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"].as_str()?.to_owned();
            let is_refused = source["status"].to_string().contains("AADSTS70025");
            let is_handled = source["status"]["lastHandledReconcileAt"] == asked.as_str();
            (is_refused && is_handled && before != Some(asked.as_str())).then_some(asked)
        })
    };
    let first = asked_after(None);
    let second = asked_after(Some(&first));
    let third = asked_after(Some(&second));
    let [first, second, third]: [jiff::Timestamp; 3] = [first, second, third].map(|time| time.parse().unwrap());
    for (earlier, later) in [(first, second), (second, third)] {
        let seconds = later.duration_since(earlier).as_secs();
        assert!(seconds >= 19, "{seconds} seconds between {earlier} and {later}");
    }
    bed.federate(CONTROLLER);
    running.wait().assert_success();
    assert_without_secret(&bed);
}

#[test]
fn a_cluster_without_the_webhook_is_told_to_be_the_reason_for_projected_tokens() {
    let bed = bed();
    bed.federate(CONTROLLER);
    let without = "since the cluster has no webhook of Azure Workload Identity";
    with_identity(&bed, &["--dry-run"])
        .run()
        .assert_success()
        .assert_stdout_contains(&format!("mode projected, {without}"));
    with_identity(&bed, &[])
        .run()
        .assert_success()
        .assert_stderr_contains(&format!("identity mode `projected`, {without}"));
    // What is recorded is decided.
    with_identity(&bed, &[]).run().assert_success().assert_stderr_lacks(without);

    bed.plane.install_workload_identity();
    let again = with_identity(&bed, &["--cluster-identity-mode=auto", "--dry-run"]).run();
    again.assert_success().assert_stdout_contains("mode webhook)");
}

#[test]
fn a_controller_without_the_feature_gate_is_told_with_the_way_out() {
    let bed = bed();
    bed.federate("system:serviceaccount:flux-system:flux-git");
    // A patch of the user's own comes after those of the options, and takes the gate away.
    let theirs = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [gotk-components.yaml, gotk-sync.yaml]\n\
        patches:\n- target: {kind: Deployment, name: source-controller}\n  patch: |\n    - op: add\n      \
        path: /spec/template/spec/containers/0/args/-\n      value: --feature-gates=ObjectLevelWorkloadIdentity=false\n";
    bed.fleet.commit("main", "Own patches", &[("clusters/a/flux-system/kustomization.yaml", theirs)]);
    let run = with_identity(&bed, &["--cluster-identity-mode=object", &timeout(60)]).run();
    run.assert_code(6)
        .assert_stderr_contains("FeatureGateDisabled")
        .assert_stderr_contains("The controller lacks a feature gate that `--cluster-identity-mode=object` sets")
        .assert_stderr_contains("see whether a patch of yours takes its arguments away");
}

#[test]
fn certificates_that_only_git_trusts_are_warned_of_behind_the_controllers_proxy() {
    let bed = bed();
    let warning = "the certificates of `--ca-file` serve git alone";
    let ca = format!("--ca-file={}", TestCa::shared().file().display());
    let proxy = format!("--controller-proxy={}", bed.azure.proxy_url());
    let plan = |flags: &[&str]| with_identity(&bed, &[&["--dry-run"], flags].concat()).run();
    plan(&[&ca, &proxy])
        .assert_success()
        .assert_stderr_contains(warning)
        .assert_stderr_contains("`--controller-ca-file`");
    let authority = ca.replace("--ca-file", "--controller-ca-file");
    plan(&[&ca, &proxy, &authority]).assert_success().assert_stderr_lacks(warning);
    plan(&[&ca]).assert_success().assert_stderr_lacks(warning);
}
