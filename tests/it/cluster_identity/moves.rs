//! From a token to an identity and back.

use std::process::Command;

use super::{SOURCE, assert_without_secret, bed, commits, run, source, with_identity, with_token};
use crate::passwordless::{Bed, CONTROLLER};
use crate::support::{KeyStanding, SshServer, declare_key_file};

#[test]
fn a_token_is_kept_until_the_identity_works_and_comes_back_on_request() {
    let bed = bed();
    with_token(&bed, &[]).run().assert_success();
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
    let before = commits(&bed);

    let refused = with_identity(&bed, &[]).run();
    refused
        .assert_code(7)
        .assert_stderr_contains("AADSTS70025")
        .assert_stderr_contains("az identity federated-credential create")
        .assert_stderr_contains("The cluster keeps the credential that it has until the identity works.");
    assert_eq!(commits(&bed), before, "nothing was pushed");
    assert_eq!(source(&bed)["secretRef"]["name"], "flux-system");

    bed.federate(CONTROLLER);
    let moved = with_identity(&bed, &["-o", "json"]).run();
    moved.assert_success().assert_stdout_contains("\"event\":\"cluster-identity-checked\",\"state\":\"proven\"");
    moved.assert_stdout_contains("\"event\":\"old-secret-removed\",\"secret\":\"flux-system/flux-system\"");
    assert_without_secret(&bed);

    // What the reference's own rerun would leave in the file changes nothing in the cluster, and is put right.
    let file = "clusters/a/flux-system/gotk-sync.yaml";
    let theirs = bed.fleet.file("main", file).replace("  provider: azure\n", "");
    let theirs = theirs.replace("  url:", "  secretRef:\n    name: flux-system\n  url:");
    bed.fleet.commit("main", "Add Flux sync manifests", &[(file, &theirs)]);
    run(&bed, &[]).run().assert_success();
    assert_without_secret(&bed);
    assert!(bed.fleet.file("main", file).contains("provider: azure"));

    let back = with_token(&bed, &["--provider=generic"]).run();
    back.assert_success();
    let source = source(&bed);
    assert!(source["provider"].is_null() || source["provider"] == "generic", "{source}");
    assert_eq!(source["secretRef"]["name"], "flux-system");
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
    let deployment = bed.plane.object("apps/v1", "Deployment", "flux-system", "source-controller").unwrap();
    assert!(!deployment.to_string().contains("AZURE_CLIENT_ID"), "{deployment}");
}

#[test]
fn a_secret_that_another_source_needs_stays_and_is_named() {
    let bed = bed();
    with_token(&bed, &[]).run().assert_success();
    bed.plane.apply(
        "{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: apps, namespace: flux-system}, \
         spec: {interval: 1h, suspend: true, url: 'https://dev.azure.com/acme/platform/_git/apps', secretRef: {name: flux-system}}}",
    );
    bed.federate(CONTROLLER);
    let run = with_identity(&bed, &[]).run();
    run.assert_success().assert_stderr_contains(
        "the cluster no longer needs secret `flux-system/flux-system`, which stays: `GitRepository/flux-system/apps` refers to it",
    );
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
    assert_eq!(source(&bed)["provider"], "azure");
}

#[test]
fn a_key_gives_way_to_an_identity_too() {
    let bed = bed();
    let ssh = SshServer::start_azure_on(&bed.azure, &bed.hosts);
    let key = bed.env.path("fleet-key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    declare_key_file(&key);
    ssh.admit(&fs_err::read_to_string(key.with_extension("pub")).unwrap(), KeyStanding::Contributor);
    let known = bed.env.write("known_hosts", ssh.known_hosts_line("ssh.dev.azure.com"));
    let trusting = format!("--known-hosts-file={}", known.display());
    let (key, url) =
        (format!("--private-key-file={}", key.display()), "--url=ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet");
    let components = "--components=source-controller,kustomize-controller";
    bed.env.flux(["bootstrap", "git", "--path=clusters/a", components, url, &key, &trusting]).run().assert_success();
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), ["identity", "identity.pub", "known_hosts"]);

    bed.federate(CONTROLLER);
    let moved = with_identity(&bed, &[]).run();
    moved.assert_success().assert_stderr_contains("no longer holds identity, identity.pub, known_hosts");
    assert_without_secret(&bed);
}

/// A bed whose cluster reads as the account that the source names, which both this program and kustomize-controller have set.
fn by_object() -> Bed {
    let bed = bed();
    bed.federate("system:serviceaccount:flux-system:flux-git");
    with_identity(&bed, &["--cluster-identity-mode=object"]).run().assert_success();
    assert_eq!(source(&bed)["serviceAccountName"], "flux-git");
    let [version, kind, namespace, name] = SOURCE;
    bed.plane.wait_object(version, kind, namespace, name, |it| {
        let fields = it["metadata"]["managedFields"].as_array().unwrap();
        let mine = fields.iter().filter(|entry| entry["fieldsV1"]["f:spec"].get("f:serviceAccountName").is_some());
        let owners: Vec<&str> = mine.filter_map(|entry| entry["manager"].as_str()).collect();
        owners.contains(&"flux") && owners.contains(&"kustomize-controller")
    });
    bed
}

/// Fails unless the cluster reads the branch by a token, and nothing of its identity is left in the source.
fn assert_by_token(bed: &Bed) {
    let source = source(bed);
    assert_eq!(
        (&source["provider"], &source["secretRef"]["name"]),
        (&"generic".into(), &"flux-system".into()),
        "{source}"
    );
    assert!(source["serviceAccountName"].is_null(), "{source}");
    assert_eq!(bed.plane.secret_keys("flux-system", "flux-system"), ["password", "username"]);
}

#[test]
fn an_account_that_the_source_names_gives_way_to_a_token() {
    let bed = by_object();
    with_token(&bed, &["--provider=generic"]).run().assert_success();
    assert_by_token(&bed);
    assert!(bed.plane.object("v1", "ServiceAccount", "flux-system", "flux-git").is_none(), "the sync prunes it");
}

#[test]
fn an_account_that_the_source_names_gives_way_to_projected_tokens_and_those_to_a_token() {
    let bed = by_object();
    bed.federate(CONTROLLER);
    let projected = ["--cluster-identity-mode=projected"];
    let plan = with_identity(&bed, &[projected[0], "--dry-run"]).run();
    plan.assert_success().assert_stdout_contains("spec.serviceAccountName");
    with_identity(&bed, &projected).run().assert_success();
    assert!(source(&bed)["serviceAccountName"].is_null(), "{}", source(&bed));
    assert_without_secret(&bed);

    with_token(&bed, &["--provider=generic"]).run().assert_success();
    assert_by_token(&bed);
}
