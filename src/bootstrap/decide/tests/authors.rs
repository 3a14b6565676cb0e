//! GitRepositories that take signed commits alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use insta::assert_snapshot;

use super::facts::{URL, World};
use crate::bootstrap::inquiry::Authors;
use crate::domain::config::KeyKind;
use crate::domain::seen::Seen;
use crate::git::signing::SshSigner;
use crate::ssh_key::DeployKey;

/// A world whose sync verifies, and whose next run commits something.
fn verifying(mode: &str, flags: &[&str], authors: Authors) -> World {
    let mut world = World::bootstrapped(&[&[URL, "--interval=5m"], flags].concat());
    let sync = String::from_utf8(world.files["clusters/a/flux-system/gotk-sync.yaml"].clone()).unwrap();
    let verify = format!("  verify:\n    mode: {mode}\n    secretRef:\n      name: authors\n  url:");
    let sync = sync.replace("interval: 5m0s", "interval: 1m0s").replacen("  url:", &verify, 1);
    world.write("gotk-sync.yaml", &sync);
    world.answers.authors = Seen::Known(authors);
    world
}

fn keys(entries: &[(&str, String)]) -> Authors {
    let entries = entries.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes()));
    Authors::Keys(entries.collect::<BTreeMap<_, _>>())
}

/// A key of a person, and the world's signer.
fn signing(world: &mut World) -> Arc<DeployKey> {
    let key = Arc::new(DeployKey::generate(KeyKind::Ed25519).unwrap());
    world.credentials.signer = Some(Arc::new(SshSigner::new(Arc::clone(&key)).unwrap()));
    key
}

#[test]
fn the_secret_with_the_authors_keys_is_missing() {
    assert_snapshot!(verifying("HEAD", &[], Authors::Absent).decided());
}

#[test]
fn a_run_that_does_not_sign() {
    assert_snapshot!(verifying("TagAndHEAD", &[], keys(&[("a.sshpub", "none".to_owned())])).decided());
}

#[test]
fn a_run_that_signs_by_a_key_of_nobody() {
    let other = DeployKey::generate(KeyKind::Ed25519).unwrap().public_line();
    let mut world = verifying("HEAD", &[], keys(&[("bob.sshpub", other)]));
    signing(&mut world);
    assert_snapshot!(world.decided());
}

#[test]
fn which_runs_are_let_pass_and_with_which_words() {
    let told = |world: &World| {
        let decided = world.decided();
        let lines: Vec<&str> = decided.lines().filter(|line| line.contains("signed") || line.contains("✗")).collect();
        lines.join("\n")
    };
    // `Tag` asks nothing of a commit.
    assert_eq!(told(&verifying("Tag", &[], Authors::Absent)), "");
    let mut world = verifying("HEAD", &[], Authors::Absent);
    let key = signing(&mut world);
    world.answers.authors = Seen::Known(keys(&[("me.sshpub", key.public_line())]));
    assert_eq!(told(&world), "");
    world.answers.authors = Seen::Known(keys(&[("me.sshpub", "damaged".to_owned())]));
    let unreadable = told(&world);
    assert!(unreadable.contains("cannot be told: `me.sshpub` of Secret `authors` cannot be read"), "{unreadable}");
    world.answers.authors = Seen::Known(Authors::Hidden);
    assert!(told(&world).contains("this identity may not read Secret `authors`"));
    let proposal = verifying("HEAD", &["--pull-request"], Authors::Absent);
    assert!(told(&proposal).contains("the merge must be signed by a key in Secret `flux-system/authors`"));
}

#[test]
fn keys_that_the_repository_itself_brings_count() {
    let mut world = verifying("HEAD", &[], Authors::Absent);
    let key = signing(&mut world);
    let list = "resources: [gotk-components.yaml, gotk-sync.yaml, authors.yaml]\n";
    world.write("kustomization.yaml", list);
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: authors, namespace: flux-system}}\nstringData: {{me.sshpub: '{}'}}\n",
        key.public_line()
    );
    world.write("authors.yaml", &secret);
    assert!(!world.decided().contains("signed"), "{}", world.decided());
}
