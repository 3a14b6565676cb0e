//! Identities that do not work: before anything is written, and after the components.

use super::{SOURCE, assert_without_secret, bed, exchanges, with_identity, without_tokens};
use crate::passwordless::{CLIENT, CONTROLLER};
use crate::support::{ControlPlane, SOON, timeout, wait_for};

#[test]
fn tokens_that_nobody_outside_the_cluster_can_verify_are_refused() {
    let bed = bed();
    let plane = ControlPlane::start_issuing("https://kubernetes.default.svc.cluster.local");
    let kubeconfig = bed.env.write("in-cluster.yaml", plane.kubeconfig());
    let flag = format!("--kubeconfig={}", kubeconfig.display());
    let run = with_identity(&bed, &[&flag]).run();
    run.assert_code(7)
        .assert_stderr_contains("are issued by `https://kubernetes.default.svc.cluster.local`")
        .assert_stderr_contains(
            "az aks update --name <cluster> --resource-group <group> --enable-oidc-issuer --enable-workload-identity",
        );
    assert!(bed.fleet.tip("main").is_none(), "nothing was pushed");
    // The machine's own identity needs no issuer.
    with_identity(&bed, &[&flag, "--cluster-identity-mode=node", "--dry-run"]).run().assert_success();
}

#[test]
fn a_missing_federated_credential_is_named_and_waited_for() {
    let bed = bed();
    let running = with_identity(&bed, &[]).spawn();
    wait_for("an attempt that Entra refuses", SOON, || (exchanges(&bed) > 0).then_some(()));
    bed.federate(CONTROLLER);
    let run = running.wait();
    let command = format!(
        "az identity federated-credential create --name flux-source-controller --identity-name <identity> --resource-group <group> --issuer {} --subject {CONTROLLER} --audiences api://AzureADTokenExchange",
        bed.issuer
    );
    run.assert_success().assert_stderr_contains("AADSTS70025").assert_stderr_contains(&command);
    assert_without_secret(&bed);
}

#[test]
fn an_identity_that_is_never_accepted_ends_with_its_own_exit_code() {
    let bed = bed();
    let run = with_identity(&bed, &[&timeout(40)]).run();
    run.assert_code(6)
        .assert_stderr_contains(&format!("the cluster's identity `{CLIENT}` was not accepted in time"))
        .assert_stderr_contains("az identity federated-credential create");
    let [version, kind, namespace, name] = SOURCE;
    assert!(bed.plane.object(version, kind, namespace, name).is_none(), "the sync is not applied");
    // Now its service account is there, so the next run finds out before it writes anything.
    bed.federate("system:serviceaccount:flux-system:somebody-else");
    let again = with_identity(&bed, &[]).run();
    again
        .assert_code(7)
        .assert_stderr_contains("AADSTS700213")
        .assert_stderr_contains(&format!("--subject {CONTROLLER}"));
}

#[test]
fn where_nobody_may_request_a_token_the_cluster_s_own_fetch_is_the_proof() {
    let bed = bed();
    let flag = without_tokens(&bed);
    let running = with_identity(&bed, &[&flag]).spawn();
    let [version, kind, namespace, name] = SOURCE;
    bed.plane.wait_object(version, kind, namespace, name, |it| it["status"].to_string().contains("AADSTS70025"));
    bed.federate(CONTROLLER);
    let run = running.wait();
    run.assert_success()
        .assert_stderr_contains("whether the cluster's identity can read the repository is not known: this identity may not request a token")
        .assert_stderr_contains("Microsoft Entra refuses the cluster's identity: AADSTS70025")
        .assert_stderr_lacks("RESPONSE 401")
        .assert_stderr_lacks("Trace ID");
    assert_without_secret(&bed);
}
