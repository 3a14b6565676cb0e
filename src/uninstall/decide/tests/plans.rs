//! What is removed, by flag and by what an earlier run has left.

use insta::assert_snapshot;

use super::facts::{World, applied, instance, there};
use crate::domain::survivor::Survivor;
use crate::plan::UninstallNote;

#[test]
fn all_of_it() {
    assert_snapshot!(World::new(&["--silent"]).decided());
}

#[test]
fn a_person_is_asked() {
    let world = World { can_ask: true, ..World::new(&[]) };
    let questions = world.decide().unwrap().questions;
    assert_snapshot!(questions[0].text, @"Flux is removed from namespace `flux-system` of `https://10.0.0.1:6443`; the 2 objects that it applied stay. Go on?");
}

#[test]
fn a_namespace_that_is_kept() {
    assert_snapshot!(World::new(&["--silent", "--keep-namespace"]).decided());
}

#[test]
fn definitions_that_are_kept_with_what_is_outside_the_namespace() {
    let mut world = World::new(&["--silent", "--keep-crds"]);
    world.found.elsewhere = vec!["other-flux".into()];
    assert_snapshot!(world.decided());
}

#[test]
fn definitions_and_namespace_that_are_kept() {
    assert_snapshot!(World::new(&["--silent", "--keep-crds", "--keep-namespace"]).decided());
}

#[test]
fn nothing_of_flux() {
    let mut world = World::new(&[]);
    world.found = Default::default();
    assert_snapshot!(world.decided());
}

/// An earlier run came as far as the definitions: only its note tells what must survive.
#[test]
fn the_rest_of_an_interrupted_run() {
    let mut world = World::new(&["--silent"]);
    let note = UninstallNote {
        survivors: vec![Survivor { applied: applied("apps/v1", "Deployment", "apps", "web"), uid: "0a1b2c3d".into() }],
        secrets: vec!["flux-system".into()],
        followed: None,
    };
    world.found.namespace.as_mut().unwrap().note = Some(note);
    for gone in [&mut world.found.controllers, &mut world.found.belongings] {
        gone.clear();
    }
    world.found.definitions.clear();
    world.found.instances.clear();
    world.found.applied.clear();
    assert_snapshot!(world.decided());
}

/// Flux was bootstrapped again since: its inventories are the truth.
#[test]
fn a_note_that_is_no_longer_true() {
    let mut world = World::new(&["--silent", "--keep-namespace"]);
    let old = Survivor { applied: applied("v1", "ConfigMap", "apps", "long-gone"), uid: "0a1b2c3d".into() };
    world.found.namespace.as_mut().unwrap().note =
        Some(UninstallNote { survivors: vec![old], ..UninstallNote::default() });
    assert!(!format!("{:?}", world.decide().unwrap().steps.last()).contains("long-gone"));
}

#[test]
fn what_is_said_besides() {
    let mut world = World::new(&["--silent"]);
    let mut held = instance("source.toolkit.fluxcd.io/v1", "GitRepository", "team", "held");
    held.foreign.push("example.com/keep".into());
    world.found.instances.push(held);
    world.found.definitions[1].served = None;
    world.found.remote.push(world.found.instances[1].object.clone());
    world.standings.insert("ConfigMap/apps/settings".into(), None);
    let dying = crate::cluster::Standing { deleting: true, ..there("1") };
    world.standings.insert("Deployment/apps/web".into(), Some(dying));
    let plan = world.decide().unwrap();
    assert_snapshot!(plan.warnings.join("\n"));
}
