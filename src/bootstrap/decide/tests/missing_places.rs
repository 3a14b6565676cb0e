//! Branches and repositories that are still to be made, and what Azure DevOps tells of the push.

use insta::assert_snapshot;

use super::facts::{URL, World};
use crate::azure_api::permissions::Permission;
use crate::azure_api::rights::{Rights, Unknown};
use crate::domain::seen::Seen;
use crate::open::Missing;

/// A repository in which others have worked.
fn world(flags: &[&str]) -> World {
    let mut world = World::new(&[&[URL], flags].concat());
    world.files.insert("apps/a.yaml".into(), b"a: 1\n".to_vec());
    world
}

fn told(rights: Rights) -> String {
    let mut world = world(&[]);
    world.answers.push_rights = Seen::Known(rights);
    world.decided()
}

#[test]
fn a_new_branch_starts_at_the_default_one() {
    let mut world = world(&["--branch=prod", "--create-branch=true"]);
    world.missing = Missing::Branch { from: "main".into() };
    assert_snapshot!(world.decided());
}

#[test]
fn a_new_branch_takes_a_push_even_with_a_pull_request() {
    let mut world = world(&["--branch=prod", "--create-branch=true", "--pull-request"]);
    world.missing = Missing::Branch { from: "main".into() };
    assert_snapshot!(world.decided());
}

#[test]
fn a_new_repository_is_made_before_the_push() {
    let mut world = World::new(&[URL, "--create-repository=true"]);
    world.missing = Missing::Repository { project: None };
    assert_snapshot!(world.decided());
}

#[test]
fn a_missing_permission_and_a_policy_are_told_together() {
    let lacking = vec![Permission::GenericContribute, Permission::CreateBranch];
    let blocking = vec!["Minimum number of reviewers".into(), "Build".into()];
    assert_snapshot!(told(Rights { lacking, blocking, unknown: Vec::new() }));
}

#[test]
fn what_is_not_known_is_no_reason_to_stop() {
    let unknown = Unknown { what: "branch policies".into(), reason: "Azure DevOps answered with status 500".into() };
    assert_snapshot!(told(Rights { unknown: vec![unknown], ..Rights::default() }));
}
