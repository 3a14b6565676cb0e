//! Marks that stop Flux from managing its own objects.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::facts::{URL, World};
use crate::bootstrap::inquiry::key;
use crate::cluster::{ForeignOwner, halted};

const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";

/// A cluster with a mark on one of its objects that a run asks about.
fn asked(flags: &[&str]) -> World {
    let mut world = World::bootstrapped(flags);
    world.state().flux.kustomization = None;
    let object = world.wanted().components.objects.into_iter().find(|object| object["kind"] == "Service").unwrap();
    let mut live = object.clone();
    live["metadata"]["annotations"][SSA] = json!("Ignore");
    live["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/reconcile"] = json!("disabled");
    world.answers.marks.insert(key(&object), Ok(halted(&live, &Value::Null)));
    world
}

#[test]
fn a_mark_that_stops_flux_is_told() {
    assert_snapshot!(asked(&[URL]).decided());
}

#[test]
fn a_mark_that_stops_flux_is_taken_off_with_force() {
    assert_snapshot!(asked(&[URL, "--force"]).decided());
}

#[test]
fn a_mark_that_stops_flux_goes_with_those_of_another_tool() {
    let mut world = asked(&[URL, "--force"]);
    world.state().flux.owner = Some(ForeignOwner::ManagedBy("flux-operator".into()));
    assert_snapshot!(world.decided());
}

#[test]
fn a_mark_is_told_where_nothing_had_to_be_asked() {
    let mut world = World::bootstrapped(&[URL]);
    world.state().flux.deployments[0]["metadata"]["annotations"][SSA] = json!("IfNotPresent");
    let sync = world.state().flux.kustomization.as_mut().unwrap();
    sync["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/reconcile"] = json!("disabled");
    // Not an object of ours.
    let mut other = world.state().flux.deployments[1].clone();
    other["metadata"]["name"] = json!("other");
    other["metadata"]["annotations"][SSA] = json!("Ignore");
    world.state().flux.deployments.push(other);
    assert_snapshot!(world.decided());
}
