//! Lost push races: the branch was looked at again, and the same decision is made of it.

use insta::assert_snapshot;

use super::facts::{SSH_URL, URL, World, deploy_key};
use crate::domain::object_id::{CommitId, ObjectId, ObjectKind};
use crate::domain::seen::Seen;

fn commit(text: &str) -> CommitId {
    CommitId(ObjectId::of(ObjectKind::Commit, text.as_bytes()))
}

/// An empty repository to which somebody else pushed first.
fn lost(flags: &[&str]) -> World {
    let mut world = World::new(flags);
    world.produced.earlier_tips.insert(commit("before"));
    world.files.insert("README.md".into(), b"hello\n".to_vec());
    world
}

#[test]
fn somebody_else_pushed_another_file() {
    assert_snapshot!(lost(&[URL]).decided());
}

#[test]
fn our_push_had_arrived() {
    let mut world = World::bootstrapped(&[URL]);
    world.cluster = World::new(&[URL]).cluster;
    world.unchanged = false;
    world.produced.pushed = world.tip();
    world.produced.earlier_tips.insert(commit("before"));
    assert_snapshot!(world.decided());
}

#[test]
fn somebody_else_pushed_the_same_files() {
    let mut world = World::bootstrapped(&[URL]);
    world.cluster = World::new(&[URL]).cluster;
    world.unchanged = false;
    world.produced.earlier_tips.insert(commit("before"));
    assert_snapshot!(world.decided());
}

#[test]
fn somebody_else_pushed_a_newer_flux() {
    let mut world = lost(&[URL]);
    let newer = world.wanted().components_text.replace(crate::domain::flux::version::FLUX_VERSION, "v2.99.0");
    world.write("gotk-components.yaml", &newer);
    assert_snapshot!(world.decided());
}

#[test]
fn somebody_else_pushed_an_overlay_that_leaves_the_sync_out() {
    let mut world = lost(&[URL]);
    world.write("kustomization.yaml", "resources: [gotk-components.yaml]\n");
    assert_snapshot!(world.decided());
}

#[test]
fn somebody_else_pushed_an_overlay_with_a_patch() {
    let mut world = lost(&[URL]);
    let overlay = "resources: [gotk-components.yaml, gotk-sync.yaml]\nlabels: [{pairs: {team: a}}]\n";
    world.write("kustomization.yaml", overlay);
    assert_snapshot!(world.decided());
}

#[test]
fn somebody_else_pushed_another_way_to_sign_in_after_a_key_was_made() {
    let mut world = lost(&[SSH_URL]);
    world.produced.deploy_key = Some(deploy_key());
    let sync = world.wanted().sync.render().text;
    let without: String = sync
        .lines()
        .filter(|line| !line.contains("secretRef") && *line != "    name: flux-system")
        .map(|line| format!("{line}\n"))
        .collect();
    world.write("gotk-sync.yaml", &without);
    world.produced.warned.clear();
    assert_snapshot!(world.decided());
}

#[test]
fn the_right_to_push_is_not_asked_again() {
    let mut world = lost(&[URL]);
    world.answers.push_access = Seen::Known(());
    assert_snapshot!(world.decided());
}
