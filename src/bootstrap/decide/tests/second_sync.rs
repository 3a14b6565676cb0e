//! Another Kustomization of this cluster that applies the same folder.

use insta::assert_snapshot;

use super::facts::{URL, World};
use crate::cluster::LiveSync;
use crate::domain::seen::Seen;

/// A cluster that knows Flux, with a sync of this path and repository.
fn world(flags: &[&str], path: &str, url: &str) -> World {
    let mut world = World::bootstrapped(flags);
    world.state().flux.kustomization = None;
    world.answers.syncs = Seen::Known(vec![LiveSync {
        name: "flux-system/platform".into(),
        path: path.into(),
        source: "flux-system/platform".into(),
        url: url.into(),
        reference: "branch `main`".into(),
    }]);
    world
}

const FLEET: &str = "https://dev.azure.com/acme/platform/_git/fleet";

#[test]
fn a_second_sync() {
    assert_snapshot!(world(&[URL], "./clusters/a", FLEET).decided());
}

#[test]
fn a_second_sync_on_purpose() {
    assert_snapshot!(world(&[URL, "--allow-second-sync"], "clusters/a/", FLEET).decided());
}

#[test]
fn which_syncs_are_a_second_one() {
    let ssh = "ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet";
    let refused = |world: &World| {
        let decided = world.decide();
        decided.is_err_and(|error| format!("{error:?}").contains("Flux would be applied twice"))
    };
    let table = [
        ("the same path", "./clusters/a", FLEET),
        ("the same repository over SSH", "./clusters/a", ssh),
        ("a folder above", "clusters", FLEET),
        ("the whole repository", "", FLEET),
        ("a folder below", "clusters/a/apps", FLEET),
        ("a folder beside", "clusters/ab", FLEET),
        ("another repository", "clusters/a", "https://dev.azure.com/acme/platform/_git/apps"),
    ];
    let mut told: Vec<String> =
        table.iter().map(|(what, path, url)| format!("{what}: {}", refused(&world(&[URL], path, url)))).collect();
    let mut kept_out = world(&[URL], "clusters", FLEET);
    kept_out.files.insert("clusters/kustomization.yaml".into(), b"resources: [b.yaml]\n".to_vec());
    kept_out.files.insert("clusters/b.yaml".into(), b"apiVersion: v1\nkind: Secret\nmetadata: {name: b}\n".to_vec());
    told.push(format!("a folder above that a kustomization keeps out: {}", refused(&kept_out)));
    let mut own = world(&[URL], "clusters/a", FLEET);
    own.state().flux.kustomization = World::bootstrapped(&[URL]).state().flux.kustomization.take();
    told.push(format!("a cluster that has both already: {}", refused(&own)));
    assert_snapshot!(told.join("\n"));
}
