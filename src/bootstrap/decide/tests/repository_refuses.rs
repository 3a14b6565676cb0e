//! What the repository's state refuses.

use insta::assert_snapshot;

use super::facts::{FOLDER, URL, World};
use crate::domain::error::{Error, Kind};
use crate::domain::seen::Seen;
use crate::git::EntryKind;

#[test]
fn a_folder_where_a_file_belongs() {
    let mut world = World::new(&[URL]);
    world.files.insert(format!("{FOLDER}/gotk-sync.yaml/x"), Vec::new());
    assert_snapshot!(world.decided());
}

#[test]
fn a_link_where_a_folder_belongs() {
    let mut world = World::new(&[URL]);
    world.files.insert("README.md".into(), Vec::new());
    world.others.insert("clusters".into(), EntryKind::Symlink);
    assert_snapshot!(world.decided());
}

#[test]
fn a_sync_file_that_is_no_yaml() {
    let mut world = World::bootstrapped(&[URL]);
    world.write("gotk-sync.yaml", "a: b: c\n");
    assert_snapshot!(world.decided());
}

#[test]
fn a_newer_flux_in_the_repository() {
    let mut world = World::bootstrapped(&[URL]);
    let newer = world.wanted().components_text.replace(crate::domain::flux::version::FLUX_VERSION, "v2.99.0");
    world.write("gotk-components.yaml", &newer);
    assert_snapshot!(world.decided());
}

#[test]
fn a_newer_flux_goes_back_on_purpose() {
    let mut world = World::bootstrapped(&[URL]);
    let newer = world.wanted().components_text.replace(crate::domain::flux::version::FLUX_VERSION, "v2.99.0");
    world.write("gotk-components.yaml", &newer);
    world.config.safety.version_given = true;
    assert_snapshot!(world.decided());
}

fn with_fewer_components(flags: &[&str]) -> World {
    let before =
        World::bootstrapped(&[URL, "--components-extra=image-reflector-controller,image-automation-controller"]);
    let mut world = World::new(flags);
    (world.cluster, world.files, world.unchanged) = (before.cluster, before.files, true);
    world
}

#[test]
fn components_that_would_go() {
    assert_snapshot!(with_fewer_components(&[URL]).decided());
}

#[test]
fn components_that_go_on_purpose() {
    let mut world = with_fewer_components(&[URL, "--allow-component-removal"]);
    let entry = "flux-system_image-reflector-controller_apps_Deployment";
    let inventory = serde_json::json!({"entries": [{"id": entry, "v": "v1"}]});
    world.state().flux.kustomization.as_mut().unwrap()["status"]["inventory"] = inventory;
    assert_snapshot!(world.decided());
}

#[test]
fn a_push_that_is_not_allowed() {
    let mut world = World::new(&[URL]);
    let error = Error::new(Kind::GitAccess, "cannot push to branch `main` of `https://dev.azure.com/acme`");
    world.answers.push_access = Seen::Failed(error.caused_by("TF401027: you need `GenericContribute`"));
    assert_snapshot!(world.decided());
}

#[test]
fn a_push_that_is_not_allowed_and_not_needed() {
    let mut world = World::bootstrapped(&[URL]);
    world.lacking.insert("gitrepositories");
    assert_snapshot!(world.decided());
}

#[test]
fn a_path_that_another_cluster_may_hold() {
    let mut world = World::bootstrapped(&[URL]);
    world.state().flux.kustomization = None;
    world.state().flux.git_repository = None;
    assert_snapshot!(world.decided());
}

#[test]
fn a_forgotten_path() {
    let mut world = World::new(&[URL]);
    world.config.source.path = crate::domain::config::ClusterPath::default();
    world.config.source.path_given = false;
    for folder in ["apps", "clusters", ".github"] {
        world.files.insert(format!("{folder}/x.yaml"), b"a: 1\n".to_vec());
    }
    assert_snapshot!(world.decided());
}

/// The sync file of another cluster.
fn other_cluster(world: &mut World, folder: &str, path: &str) {
    let text = format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: flux-system, namespace: flux-system}}\nspec: {{path: {path}}}\n"
    );
    world.files.insert(crate::open::join(folder, "flux-system/gotk-sync.yaml"), text.into_bytes());
}

#[test]
fn a_path_below_another_cluster_s() {
    let mut world = World::new(&[URL]);
    other_cluster(&mut world, "clusters", "./clusters");
    assert_snapshot!(world.decided());
}

#[test]
fn a_path_below_a_cluster_that_follows_the_root() {
    let mut world = World::new(&[URL]);
    other_cluster(&mut world, "", "./");
    assert_snapshot!(world.decided());
}

#[test]
fn a_path_below_another_cluster_s_on_purpose() {
    let mut world = World::new(&[URL, "--allow-nested-path"]);
    other_cluster(&mut world, "clusters", "./clusters");
    assert_snapshot!(world.decided());
}

#[test]
fn a_path_that_a_kustomization_keeps_out_of_another_cluster_s() {
    let mut world = World::new(&[URL]);
    other_cluster(&mut world, "clusters", "./clusters");
    world.files.insert("clusters/kustomization.yaml".into(), b"resources: [flux-system]\n".to_vec());
    world.files.insert("clusters/flux-system/kustomization.yaml".into(), b"resources: [gotk-sync.yaml]\n".to_vec());
    assert_snapshot!(world.decided());
}

#[test]
fn a_path_beside_another_cluster_s() {
    let mut world = World::new(&[URL]);
    other_cluster(&mut world, "clusters/b", "./clusters/b");
    assert_snapshot!(world.decided());
}

#[test]
fn a_path_above_another_cluster_s() {
    let mut world = World::new(&[URL]);
    other_cluster(&mut world, "clusters/a/b", "./clusters/a/b");
    assert_snapshot!(world.decided());
}

#[test]
fn a_cluster_that_leaves_the_root_for_a_folder() {
    let mut world = World::bootstrapped(&[URL, "--allow-path-change"]);
    other_cluster(&mut world, "", "./");
    world.state().flux.kustomization.as_mut().unwrap()["spec"]["path"] = serde_json::json!("./");
    assert_snapshot!(world.decided());
}

#[test]
fn a_path_that_ends_with_flux_s_own_folder() {
    let told = |path: &str| {
        World::new(&[URL, path]).decided().lines().filter(|line| line.contains("own folder")).collect::<String>()
    };
    let paths = [
        "--path=clusters/a/flux-system",
        "--path=flux-system",
        "--path=clusters/my-flux-system",
        "--path=flux-system/a",
    ];
    assert_snapshot!(paths.map(told).join("\n"));
}

#[test]
fn names_that_no_cluster_can_unpack() {
    let mut world = World::new(&[URL]);
    for path in ["clusters\\staging\\a.yaml", "docs/a.md", "clusters/old../a.yaml"] {
        world.files.insert(path.into(), Vec::new());
    }
    let told = world.decided();
    assert_snapshot!(told.lines().filter(|line| line.contains("unpack")).collect::<String>());
}
