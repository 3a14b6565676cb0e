//! One world cannot be looked at, and the other has something to say too.

use insta::assert_snapshot;

use super::facts::{URL, World};
use crate::cluster::ForeignOwner;
use crate::domain::error::{Error, Kind};
use crate::domain::seen::Seen;

fn dead_cluster() -> Seen<crate::bootstrap::cluster_state::ClusterState> {
    Seen::Failed(Error::new(Kind::Cluster, "cannot reach the API server"))
}

fn refused_token() -> Option<Error> {
    Some(Error::new(Kind::GitAccess, "the token was refused"))
}

#[test]
fn a_dead_cluster() {
    let mut world = World::new(&[URL]);
    world.cluster = dead_cluster();
    assert_snapshot!(world.decided());
}

#[test]
fn a_refused_token() {
    let mut world = World::new(&[URL]);
    world.branch_failure = refused_token();
    assert_snapshot!(world.decided());
}

#[test]
fn a_dead_cluster_with_a_refused_token() {
    let mut world = World::new(&[URL]);
    (world.cluster, world.branch_failure) = (dead_cluster(), refused_token());
    assert_snapshot!(world.decided());
}

#[test]
fn a_dead_cluster_with_a_bad_overlay() {
    let mut world = World::bootstrapped(&[URL]);
    world.cluster = dead_cluster();
    world.write("kustomization.yaml", "resources: [gotk-components.yaml, gone.yaml]\n");
    assert_snapshot!(world.decided());
}

#[test]
fn a_refused_token_with_a_cluster_that_refuses() {
    let mut world = World::new(&[URL]);
    world.branch_failure = refused_token();
    world.state().flux.owner = Some(ForeignOwner::ManagedBy("Helm".into()));
    world.state().flux.namespace_terminating = true;
    world.lacking.insert("clusterroles");
    assert_snapshot!(world.decided());
}

#[test]
fn a_refused_token_with_a_cluster_that_is_synced_already() {
    let mut world = World::bootstrapped(&[URL]);
    world.branch_failure = refused_token();
    world.lacking.insert("clusterroles");
    assert_snapshot!(world.decided());
}

#[test]
fn a_release_that_cannot_be_had() {
    let mut world = World::new(&[URL]);
    world.release_failure = Some(Error::new(Kind::Other, "cannot download `v2.9.5`"));
    assert_snapshot!(world.decided());
}

#[test]
fn all_three() {
    let mut world = World::new(&[URL]);
    (world.cluster, world.branch_failure) = (dead_cluster(), refused_token());
    world.release_failure = Some(Error::new(Kind::Other, "cannot download `v2.9.5`"));
    assert_snapshot!(world.decided());
}

#[test]
fn a_side_that_nobody_could_look_at_in_time_gives_no_plan() {
    let mut world = World::new(&[URL]);
    world.cluster = Seen::NotAsked;
    assert_snapshot!(world.decided());
}
