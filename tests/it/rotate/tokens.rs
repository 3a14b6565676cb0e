//! Tokens are rotated, and what becomes of the old ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::SECRET;
use crate::support::{Fault, Identity, Route, Scene, Traffic, timeout};

#[test]
fn a_token_is_replaced_and_proven_by_the_clusters_own_fetch() {
    let bed = Scene::bootstrapped();
    let (tip, old, new) = (bed.fleet.tip("main"), bed.azure.token(), bed.reader("second"));
    bed.plane.patch("v1", "Secret", SECRET[0], SECRET[1], &json!({"data": {"mine": "eA=="}}));
    bed.azure.revoke(&old);
    bed.azure.forget_traffic();

    let run = bed.rotate(&new, &[]).run();
    run.assert_success()
        .assert_stderr_contains("✔ the new credential can read the repository, and cannot push")
        .assert_stderr_contains("✔ the cluster has read the repository with what source secret \"flux-system/flux-system\" holds (password, username)")
        .assert_stderr_contains("old credential: not tried; revoke it now at https://dev.azure.com/acme/_usersSettings/tokens");
    assert_eq!(bed.password(), new);
    assert_eq!(bed.plane.secret_keys(SECRET[0], SECRET[1]), ["mine", "password", "username"]);
    // The proof: source-controller itself has come since the old one was revoked, and was let in. Nothing was pushed.
    let traffic = bed.azure.traffic();
    let fetched = |it: &&Traffic| it.route == Some(Route::AdvertiseFetch) && it.user_agent.starts_with("go-git");
    let fetched: Vec<u16> = traffic.iter().filter(fetched).map(|it| it.status).collect();
    assert_eq!(fetched, [200]);
    assert_eq!((bed.fleet.tip("main"), bed.azure.count(Route::Push)), (tip, 0));
}

#[test]
fn an_old_token_is_seen_to_be_alive_and_then_to_be_revoked() {
    let bed = Scene::bootstrapped();
    let (old, new) = (bed.azure.token(), bed.reader("second"));
    let file = bed.env.write("old", &old);
    let old_file = format!("--old-password-file={}", file.display());

    let alive = bed.rotate(&new, &[&old_file]).run();
    alive.assert_success().assert_stderr_contains(
        "old credential: still accepted; revoke it now at https://dev.azure.com/acme/_usersSettings/tokens",
    );
    bed.azure.revoke(&old);
    // The Secret holds the new one already, so nothing is written; it is proven again.
    let before = bed.plane.object("v1", "Secret", SECRET[0], SECRET[1]);
    let dead = bed.rotate(&new, &[&old_file]).run();
    dead.assert_success().assert_stderr_contains("✔ old credential: revoked");
    assert_eq!(bed.plane.object("v1", "Secret", SECRET[0], SECRET[1]), before);
}

#[test]
fn json_tells_the_same_in_events_and_a_report() {
    let bed = Scene::bootstrapped();
    let (old, new) = (bed.azure.token(), bed.reader("second"));
    bed.azure.revoke(&old);
    let file = bed.env.write("old", &old);
    let run = bed.rotate(&new, &["-o", "json", &format!("--old-password-file={}", file.display())]).run();
    run.assert_success();
    let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let event = |name: &str| {
        let mut event = lines.iter().find(|line| line["event"] == name).cloned().unwrap_or_else(|| run.fail(name));
        event.as_object_mut().unwrap().retain(|key, _| !["elapsed", "schemaVersion", "event"].contains(&key.as_str()));
        event
    };
    assert_eq!(event("credential-tried"), json!({"whose": "new", "reads": true, "pushes": false}));
    let rotated = json!({"secret": "flux-system/flux-system", "keys": ["password", "username"]});
    assert_eq!(event("credential-rotated"), rotated);
    let page = "https://dev.azure.com/acme/_usersSettings/tokens";
    assert_eq!(event("old-credential"), json!({"state": "revoked", "page": page}));
    let report = event("report");
    assert_eq!(report["outcome"], "done");
    assert_eq!(
        report["changes"],
        json!([{"kind": "secret", "object": "flux-system/flux-system", "change": "configured"}])
    );
    assert_eq!(report["revision"], format!("main@sha1:{}", bed.fleet.tip("main").unwrap()));
}

#[test]
fn a_token_that_only_this_machine_can_use_is_taken_back() {
    let bed = Scene::bootstrapped();
    let (old, new) = (bed.azure.token(), bed.reader("second"));
    // This run is let in; who comes after it is refused, as by a rule on addresses.
    bed.azure.fault_after(Route::AdvertiseFetch, 1, 100_000, Fault::Status(401));

    let run = bed.rotate(&new, &[&timeout(15)]).run();
    run.assert_code(6)
        .assert_stderr_contains("the cluster has not read the repository with the new credential in time")
        .assert_stderr_contains("source secret \"flux-system/flux-system\" holds the old credential again");
    assert_eq!(bed.password(), old);
    bed.azure.no_faults();
    // And the cluster goes on with it.
    let refused = bed.rotate("wrong-token-000000000000000000", &[]).run();
    refused.assert_code(3);
    bed.rotate(&old, &[]).run().assert_success();
}

#[test]
fn without_rollback_the_new_token_stays_and_is_proven_later() {
    let bed = Scene::bootstrapped();
    let new = bed.reader("second");
    bed.azure.fault_after(Route::AdvertiseFetch, 1, 100_000, Fault::Status(401));
    let run = bed.rotate(&new, &[&timeout(10), "--no-rollback"]).run();
    run.assert_code(6).assert_stderr_contains("running the command again goes on with the proof");
    assert_eq!(bed.password(), new);
    bed.azure.no_faults();
    bed.rotate(&new, &[]).run().assert_success();
}

#[test]
fn others_who_use_the_old_token_are_named() {
    let bed = Scene::bootstrapped();
    let (old, new) = (bed.azure.token(), bed.reader("second"));
    let copy = STANDARD.encode(format!("{old}\n"));
    bed.plane.apply(&format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: team-a}}\n---\n\
         apiVersion: v1\nkind: Secret\nmetadata: {{name: git, namespace: team-a}}\ndata: {{token: {copy}}}\n---\n\
         apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: apps, namespace: flux-system}}\n\
         spec: {{url: '{}', interval: 1h, suspend: true, secretRef: {{name: flux-system}}}}\n",
        bed.fleet.url()
    ));
    let run = bed.rotate(&new, &["--dry-run"]).run();
    run.assert_success()
        .assert_stderr_contains(
            "`GitRepository/flux-system/apps` signs in with the same Secret, so it gets the new credential too",
        )
        .assert_stderr_contains("secret `team-a/git` holds the old credential too (key `token`)");
    // Who may not look is told so, and may rotate all the same.
    let rules = json!([
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "update"]},
        {"apiGroups": ["source.toolkit.fluxcd.io"], "resources": ["gitrepositories"], "verbs": ["get", "list", "watch", "patch"]},
    ]);
    let user = bed.plane.user(&rules);
    bed.env.write("home/.kube/config", &user.kubeconfig);
    let run = bed.rotate(&new, &[]).run();
    run.assert_success().assert_stderr_contains("whether other Secrets hold the old credential is not known");
    assert_eq!(bed.password(), new);
}

#[test]
fn a_bearer_token_takes_the_place_of_a_password() {
    let bed = Scene::bootstrapped();
    let token = "bearer-0000000000000000000000000000000000000001";
    bed.azure.admit(Identity::reader("workload", token).with_bearer_token());
    let file = bed.env.write("token", token);
    let run = bed.rotate("", &[&format!("--bearer-token-file={}", file.display())]).run();
    run.assert_success();
    assert_eq!(bed.plane.secret_keys(SECRET[0], SECRET[1]), ["bearerToken"]);
}
