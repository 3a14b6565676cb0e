//! The cluster's own credential beside that of the run.

use insta::assert_snapshot;

use super::facts::{SSH_URL, URL, World, stored};
use crate::domain::config::Secret;
use crate::domain::error::{Error, Kind};
use crate::domain::seen::Seen;
use crate::open::trial::Trial;

const OWN: &str = "--cluster-password-file=cluster-token";

/// A run that brings a token for the cluster alone.
fn split(mut world: World) -> World {
    world.credentials.cluster_token = Some(Secret::from("the-clusters-token"));
    world
}

fn tried(mut world: World, pushes: Option<bool>) -> World {
    world.answers.cluster_credential = Seen::Known(Trial { sees_commit: None, pushes });
    world
}

/// A cluster whose Secret holds a credential of its own.
fn after_a_split(flags: &[&str]) -> World {
    let mut world = World::bootstrapped(flags);
    let mut secret = stored(&[("username", "git"), ("password", "the-clusters-token")]);
    secret.own = true;
    world.state().source_secret = Some(secret);
    world
}

#[test]
fn the_cluster_gets_its_own_alone() {
    assert_snapshot!(tried(split(World::new(&[URL, OWN])), Some(false)).decided());
}

#[test]
fn a_cluster_that_may_push_is_warned_of() {
    assert_snapshot!(tried(split(World::new(&[URL, OWN])), Some(true)).decided());
}

#[test]
fn a_credential_of_the_cluster_that_cannot_read() {
    let mut world = split(World::new(&[URL, OWN]));
    let error = Error::new(Kind::GitAccess, "the cluster's own credential cannot read the repository");
    world.answers.cluster_credential = Seen::Failed(error);
    assert_snapshot!(world.decided());
}

#[test]
fn a_rerun_with_the_runs_credential_alone_keeps_the_clusters() {
    assert_snapshot!(after_a_split(&[URL]).decided());
}

#[test]
fn another_credential_of_the_clusters_own_replaces_it() {
    let mut world = after_a_split(&[URL, OWN]);
    world.credentials.cluster_token = Some(Secret::from("another"));
    assert_snapshot!(tried(world, None).decided());
}

#[test]
fn the_same_credential_becomes_the_clusters_own() {
    let mut world = World::bootstrapped(&[URL, OWN]);
    world.credentials.cluster_token = Some(Secret::from("the-token"));
    assert_snapshot!(tried(world, Some(true)).decided());
}

#[test]
fn a_secret_that_is_kept_must_hold_what_the_cluster_needs() {
    let with = |flags: &[&str], keys: Option<&[(&str, &str)]>| {
        let mut world = World::new(flags);
        world.credentials.cluster_token = None;
        world.state().source_secret = keys.map(stored);
        world.decided()
    };
    let https = [URL, "--keep-secret"];
    let ssh = [SSH_URL, "--keep-secret"];
    let known = "git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUHJZzgsyGXa8j6hYDnDYiGfwRRVSKHJXKWAIEvPVZm";
    let told = [
        ("none", with(&https, None)),
        ("a key for https", with(&https, Some(&[("identity", "k"), ("known_hosts", "h")]))),
        ("a token", with(&https, Some(&[("username", "u"), ("password", "p")]))),
        ("a bearer token", with(&https, Some(&[("bearerToken", "t")]))),
        ("a token for SSH", with(&ssh, Some(&[("username", "u"), ("password", "p")]))),
        ("a key", with(&ssh, Some(&[("identity", "k"), ("known_hosts", known)]))),
    ];
    let told: Vec<String> = told.iter().map(|(case, told)| format!("# {case}\n{told}")).collect();
    assert_snapshot!(told.join("\n"));
}
