//! Changes that are proposed on a branch of their own.

use std::time::Instant;

use insta::assert_snapshot;

use super::facts::{SSH_URL, URL, World};
use crate::domain::error::{Error, Kind};
use crate::domain::object_id::{CommitId, ObjectId, ObjectKind};
use crate::domain::seen::Seen;
use crate::execute::Proposal;
use crate::git::Proposed;
use crate::plan::{FileChange, Step};

const PULL_REQUEST: &str = "--pull-request";

/// A repository in which others have worked.
fn world(flags: &[&str]) -> World {
    let mut world = World::new(&[&[URL, PULL_REQUEST], flags].concat());
    world.files.insert("apps/a.yaml".into(), b"a: 1\n".to_vec());
    world
}

fn source(exactly: bool, files: bool) -> Seen<Option<Proposed>> {
    let tip = CommitId(ObjectId::of(ObjectKind::Commit, b"the source branch"));
    Seen::Known(Some(Proposed { tip, exactly, files }))
}

fn proposed(world: &World) -> Option<(Vec<FileChange>, usize)> {
    world.decide().unwrap().steps.into_iter().find_map(|step| match step {
        Step::Propose(step) => Some((step.files, step.commit.map_or(0, |commit| commit.parents().len()))),
        _ => None,
    })
}

#[test]
fn a_first_run_proposes_and_applies_after_the_merge() {
    assert_snapshot!(world(&[]).decided());
}

#[test]
fn the_branch_and_the_title_may_be_chosen() {
    assert_snapshot!(world(&["--pr-branch=flux/up", "--pr-title=Bring Flux here"]).decided());
}

#[test]
fn an_empty_repository_takes_a_push() {
    assert_snapshot!(World::new(&[URL, PULL_REQUEST]).decided());
}

#[test]
fn a_target_that_holds_the_files_needs_no_proposal() {
    assert_snapshot!(World::bootstrapped(&[URL, PULL_REQUEST]).decided());
}

#[test]
fn a_key_made_in_this_run_comes_into_the_cluster_first() {
    let mut world = World::new(&[SSH_URL, PULL_REQUEST]);
    world.files.insert("apps/a.yaml".into(), b"a: 1\n".to_vec());
    assert_snapshot!(world.decided());
}

#[test]
fn an_existing_branch_goes_on_from_both_tips_or_stays_as_it_is() {
    let mut world = world(&[]);
    for (exactly, files, parents) in [(false, false, 2), (false, true, 2), (true, true, 0)] {
        world.answers.source_branch = source(exactly, files);
        assert_eq!(proposed(&world).map(|(_, parents)| parents), Some(parents), "{exactly} {files}");
    }
}

#[test]
fn while_it_is_waited_for_only_changes_of_the_same_files_are_answered() {
    let mut world = world(&[]);
    world.answers.source_branch = source(false, true);
    let (files, _) = proposed(&world).unwrap();
    world.produced.proposal = Some(Proposal { files, id: None, page: None, seen: None, wait_ends: Instant::now() });
    assert_eq!(proposed(&world).unwrap().1, 0);
    // Somebody wrote one of them into the target meanwhile.
    world.write("gotk-sync.yaml", "");
    assert_eq!(proposed(&world).unwrap().1, 2);
}

#[test]
fn a_branch_that_cannot_be_read_is_a_failure() {
    let mut world = world(&[]);
    world.answers.source_branch = Seen::Failed(Error::new(Kind::GitAccess, "the token may not read"));
    assert_snapshot!(world.decided());
}
