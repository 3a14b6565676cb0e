//! Rotations after one that ended before its proof.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::json;

use super::World;
use crate::domain::config::Secret;
use crate::plan::{ApplySecret, SecretContent, Step};
use crate::rotate::decide::decide;
use crate::rotate::draft::draft;
use crate::rotate::facts::Facts;

/// What of a password the plan writes, keeps beside it, and would put back; and whether the proof settles it.
fn kept(world: &World) -> String {
    let draft = draft(&world.config, &world.secrets, &world.looked);
    let facts = Facts { config: &world.config, looked: &world.looked, draft: &draft, answers: &world.answers };
    let plan = decide(facts).unwrap();
    let text = |keys: &BTreeMap<String, Secret<Vec<u8>>>| {
        keys.get("password").map_or("-".to_owned(), |value| String::from_utf8(value.expose().clone()).unwrap())
    };
    let mut told = Vec::new();
    for step in &plan.steps {
        match step {
            Step::ApplySecret(ApplySecret { content: SecretContent::Known(write), .. }) => {
                told.push(format!("writes {}, keeps {}", text(&write.keys), text(&write.before)));
            }
            Step::ProveCredential(prove) => {
                let undo = prove.undo.as_ref().map_or("nothing".to_owned(), |undo| text(&undo.before.keys));
                told.push(format!("puts back {undo}, settles {}", prove.settles.is_some()));
            }
            _ => {}
        }
    }
    told.join("; ")
}

#[test]
fn what_was_proven_last_is_kept_and_put_back() {
    let pending = |flags: &[&str], holds: &str| {
        let data = json!({"username": "Ym90", "password": holds,
            "flux-bootstrap.before.username": "Ym90", "flux-bootstrap.before.password": "b2xk"});
        World::new(flags).with_secret(json!({"data": data}))
    };
    // `new` is given; `bmV3` is it, `b2xk` is `old`, `b2RkZXI=` is `odder`.
    let back = |flags: &[&str]| {
        let mut world = pending(flags, "bmV3");
        world.secrets.token = Some(Secret::from("old"));
        world
    };
    let told = [
        ("nothing pending", World::new(&[])),
        ("nothing pending, no rollback", World::new(&["--no-rollback"])),
        ("the same again", pending(&[], "bmV3")),
        ("the same again, no rollback", pending(&["--no-rollback"], "bmV3")),
        ("a third one", pending(&[], "b2RkZXI=")),
        ("back to the old one", back(&[])),
    ]
    .map(|(case, world)| format!("{case}: {}", kept(&world)));
    assert_snapshot!(told.join("\n"));
    let warned = pending(&[], "bmV3").decided();
    assert!(warned.contains("this run goes on with the proof"), "{warned}");
}
