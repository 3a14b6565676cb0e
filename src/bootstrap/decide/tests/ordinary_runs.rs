//! First runs, reruns, upgrades and rotations.

use insta::assert_snapshot;

use super::facts::{SSH_URL, URL, World, configured, stored};
use crate::bootstrap::inquiry::key;
use crate::domain::config::Secret;

#[test]
fn a_first_run() {
    assert_snapshot!(World::new(&[URL]).decided());
}

#[test]
fn a_rerun_changes_nothing() {
    assert_snapshot!(World::bootstrapped(&[URL]).decided());
}

#[test]
fn a_namespace_of_ones_own() {
    assert_snapshot!(World::new(&[URL, "--namespace=gitops"]).decided());
}

#[test]
fn another_cluster_from_a_repository_that_holds_everything() {
    let mut world = World::bootstrapped(&[URL]);
    world.cluster = World::new(&[URL]).cluster;
    world.unchanged = false;
    assert_snapshot!(world.decided());
}

#[test]
fn files_that_somebody_deleted_are_written_again() {
    let mut world = World::bootstrapped(&[URL]);
    world.files.remove("clusters/a/flux-system/gotk-sync.yaml");
    assert_snapshot!(world.decided());
}

#[test]
fn an_upgrade() {
    let mut world = World::bootstrapped(&[URL]);
    let newer = world.wanted().components_text.replace(crate::domain::flux::version::FLUX_VERSION, "v2.9.4");
    world.write("gotk-components.yaml", &newer);
    world.state().flux.version = Some("v2.9.4".into());
    assert_snapshot!(world.decided());
}

#[test]
fn components_are_added() {
    let mut world = World::bootstrapped(&[URL]);
    let state = world.cluster;
    let files = world.files;
    world = World::new(&[URL, "--components-extra=image-reflector-controller"]);
    (world.cluster, world.files, world.unchanged) = (state, files, true);
    let added =
        world.wanted().components.objects.into_iter().find(|object| {
            object["kind"] == "Deployment" && object["metadata"]["name"] == "image-reflector-controller"
        });
    world.answers.dry_runs.insert(key(&added.unwrap()), Ok(crate::cluster::DryRun::Created));
    assert_snapshot!(world.decided());
}

#[test]
fn what_was_changed_by_hand_is_put_back() {
    let mut world = World::bootstrapped(&[URL]);
    let objects = world.wanted().components.objects;
    let changed = objects.iter().find(|object| object["metadata"]["name"] == "source-controller").unwrap();
    let deployment = objects
        .iter()
        .find(|object| object["kind"] == "Deployment" && object["metadata"]["name"] == "source-controller")
        .unwrap();
    assert_ne!(changed, &serde_json::Value::Null);
    world.state().flux.deployments.retain(|object| object["metadata"]["name"] != "source-controller");
    world.answers.dry_runs.insert(key(deployment), Ok(configured("spec.replicas")));
    assert_snapshot!(world.decided());
}

#[test]
fn another_token_is_a_rotation() {
    let mut world = World::bootstrapped(&[URL]);
    world.credentials.cluster_token = Some(Secret::from("another-token"));
    assert_snapshot!(world.decided());
}

#[test]
fn a_deleted_secret_is_written_again() {
    let mut world = World::bootstrapped(&[URL]);
    world.state().source_secret = None;
    assert_snapshot!(world.decided());
}

#[test]
fn a_first_run_over_ssh_makes_a_key() {
    let mut world = World::new(&[SSH_URL]);
    world.config.credentials.silent = false;
    world.can_ask = true;
    assert_snapshot!(world.decided());
}

#[test]
fn a_rerun_over_ssh_keeps_the_key() {
    let mut world = World::bootstrapped(&[SSH_URL]);
    world.state().source_secret = Some(stored(&[
        ("identity", "a key"),
        ("identity.pub", "its public half"),
        (
            "known_hosts",
            "git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUHJZzgsyGXa8j6hYDnDYiGfwRRVSKHJXKWAIEvPVZm",
        ),
    ]));
    assert_snapshot!(world.decided());
}

#[test]
fn from_a_token_to_a_key() {
    let mut world = World::bootstrapped(&[URL]);
    let (state, files) = (world.cluster, world.files);
    world = World::new(&[SSH_URL, "--allow-source-change"]);
    (world.cluster, world.files, world.unchanged) = (state, files, true);
    assert_snapshot!(world.decided());
}
