//! Rotations that end before anything is changed.

use serde_json::json;

use super::SECRET;
use crate::support::{SOON, Scene, wait_for};

#[test]
fn a_dry_run_tries_the_token_and_shows_keys_alone() {
    let bed = Scene::bootstrapped();
    let (old, new) = (bed.azure.token(), bed.reader("second"));
    let before = bed.plane.object("v1", "Secret", SECRET[0], SECRET[1]);
    bed.rotate(&new, &["--dry-run"]).run().assert_success().assert_stdout(
        "Nothing has been changed. A run without --dry-run would do this:\n\n\
         1. Write source secret flux-system/flux-system (configured)\n   changed: password\n   kept: username\n\n\
         2. Have the cluster read the repository with password, username of Secret flux-system/flux-system, and wait for that\n   \
         GitRepository/flux-system/flux-system is asked to fetch; put the old credential back if it does not come in time\n   \
         until then the Secret keeps the old credential too\n   nothing is committed\n\n\
         3. Tell that the old credential is to be revoked at https://dev.azure.com/acme/_usersSettings/tokens\n",
    );
    let plan = bed.rotate(&new, &["--dry-run", "-o", "json"]).run();
    plan.assert_success();
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let steps: Vec<&str> = plan["steps"].as_array().unwrap().iter().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!(steps, ["apply-secret", "prove-credential", "try-old-credential"]);
    bed.rotate("wrong-token-000000000000000000", &["--dry-run"]).run().assert_code(3);
    assert_eq!((bed.plane.object("v1", "Secret", SECRET[0], SECRET[1]), bed.password()), (before, old));
}

#[test]
fn a_token_that_cannot_read_changes_nothing() {
    let bed = Scene::bootstrapped();
    let before = bed.plane.object("v1", "Secret", SECRET[0], SECRET[1]);
    let run = bed.rotate("wrong-token-000000000000000000", &[]).run();
    run.assert_code(3)
        .assert_stderr_contains("the new credential cannot read `https://dev.azure.com/acme/platform/_git/fleet`")
        .assert_stderr_contains("nothing was changed");
    assert_eq!(bed.plane.object("v1", "Secret", SECRET[0], SECRET[1]), before);
}

#[test]
fn secrets_and_sources_of_others_are_left_alone() {
    let bed = Scene::bootstrapped();
    let new = bed.reader("second");
    let refused = |why: &str| {
        bed.rotate(&new, &[]).run().assert_code(7).assert_stderr_contains(why);
        assert_eq!(bed.password(), bed.azure.token());
    };
    let secret = |patch: serde_json::Value| bed.plane.patch("v1", "Secret", SECRET[0], SECRET[1], &patch);
    let marked = |label: &str, value: serde_json::Value| secret(json!({"metadata": {"labels": {label: value}}}));
    let external = "reconcile.external-secrets.io/managed";
    marked(external, json!("true"));
    refused("is managed by External Secrets, which would undo the rotation");
    marked(external, json!(null));
    let applied = "kustomize.toolkit.fluxcd.io/name";
    marked(applied, json!("secrets"));
    refused("is managed by the Flux Kustomization `secrets`");
    marked(applied, json!(null));
    let source = |patch: serde_json::Value| {
        bed.plane.patch("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "flux-system", &patch);
    };
    source(json!({"spec": {"suspend": true}}));
    refused("is suspended, so it could not prove the new credential by a fetch");
    source(json!({"spec": {"suspend": false, "provider": "azure"}}));
    refused("signs in as `provider: azure`, so there is nothing to rotate");
    source(json!({"spec": {"provider": null}}));
    secret(json!({"immutable": true}));
    refused("it is immutable");
}

#[test]
fn a_source_that_is_not_there_is_told_with_those_that_are() {
    let bed = Scene::bootstrapped();
    let new = bed.reader("second");
    let run = bed.rotate(&new, &["fleet"]).run();
    run.assert_code(1)
        .assert_stderr_contains("`GitRepository/flux-system/fleet` does not exist")
        .assert_stderr_contains("The namespace has `flux-system`");
}

#[test]
fn a_person_who_interrupts_finds_the_new_token_in_place() {
    let bed = Scene::bootstrapped();
    let new = bed.reader("second");
    // Nobody fetches, so the proof does not come.
    bed.plane.patch("apps/v1", "Deployment", "flux-system", "source-controller", &json!({"spec": {"replicas": 0}}));
    let run = bed.rotate(&new, &[]).spawn();
    wait_for("the new token in the Secret", SOON, || (bed.password() == new).then_some(()));
    run.signal("INT");
    let run = run.wait();
    run.assert_code(130).assert_stderr_contains("source secret `flux-system/flux-system` is written");
    bed.plane.patch("apps/v1", "Deployment", "flux-system", "source-controller", &json!({"spec": {"replicas": 1}}));
    bed.rotate(&new, &[]).run().assert_success();
}
