//! The source secret and the image pull secret.

use std::sync::Arc;

use insta::assert_snapshot;

use super::facts::{SSH_URL, URL, World, deploy_key, stored};
use crate::domain::config::{RunMode, Secret};
use crate::domain::error::{Error, Kind};
use crate::domain::seen::Seen;
use crate::git::host_key::HostKey;
use crate::git::transport::ssh::SshError;
use crate::manifests::pull_secret::RegistryLogin;
use crate::open::host_trust::ServerKey;
use crate::plan::Topic;

fn host_key() -> HostKey {
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUHJZzgsyGXa8j6hYDnDYiGfwRRVSKHJXKWAIEvPVZm";
    HostKey::new(&line.parse().unwrap())
}

fn with_unknown_key() -> World {
    let mut world = World::new(&[SSH_URL]);
    world.answers.host_key = Seen::Known(ServerKey::Unknown(host_key()));
    world
}

#[test]
fn a_host_key_that_nobody_vouches_for() {
    assert_snapshot!(with_unknown_key().decided());
}

#[test]
fn a_host_key_with_somebody_to_ask() {
    let mut world = with_unknown_key();
    world.can_ask = true;
    assert_snapshot!(world.decided());
}

#[test]
fn a_host_key_with_a_yes() {
    let mut world = with_unknown_key();
    world.can_ask = true;
    world.produced.agreed.insert(Topic::HostKey);
    assert_snapshot!(world.decided());
}

#[test]
fn a_host_key_accepted_by_a_flag() {
    let mut world = with_unknown_key();
    world.config.credentials.accept_new_host_key = true;
    assert_snapshot!(world.decided());
}

#[test]
fn a_server_that_only_the_cluster_reaches() {
    let mut world = World::new(&[SSH_URL]);
    world.answers.host_key = Seen::Known(ServerKey::Unreachable {
        line: "git.example.com ssh-ed25519 AAAA".into(),
        place: "known_hosts line 1".into(),
        error: SshError::Cancelled,
    });
    assert_snapshot!(world.decided());
}

#[test]
fn a_server_whose_key_cannot_be_had() {
    let mut world = World::new(&[SSH_URL]);
    let error = Error::new(Kind::Other, "cannot reach `git.example.com:22`");
    world.answers.host_key = Seen::Failed(error);
    assert_snapshot!(world.decided());
}

#[test]
fn a_deploy_key_that_nobody_can_confirm() {
    let mut world = World::new(&[SSH_URL]);
    world.config.credentials.silent = false;
    assert_snapshot!(world.decided());
}

#[test]
fn a_deploy_key_that_is_only_planned() {
    let mut world = World::new(&[SSH_URL]);
    world.config.credentials.silent = false;
    world.config.run.mode = RunMode::DryRun;
    assert_snapshot!(world.decided());
}

#[test]
fn a_key_that_the_user_brings() {
    let mut world = World::new(&[SSH_URL]);
    world.credentials.private_key = Some(deploy_key());
    assert_snapshot!(world.decided());
}

#[test]
fn an_immutable_secret() {
    let mut world = World::bootstrapped(&[URL]);
    world.credentials.cluster_token = Some(Secret::from("another"));
    world.state().source_secret.as_mut().unwrap().immutable = true;
    assert_snapshot!(world.decided());
}

fn of_another_owner() -> World {
    let mut world = World::bootstrapped(&[URL]);
    world.credentials.cluster_token = Some(Secret::from("another"));
    world.state().source_secret.as_mut().unwrap().owner = Some("ExternalSecret `git`".into());
    world
}

#[test]
fn a_secret_of_another_owner() {
    assert_snapshot!(of_another_owner().decided());
}

#[test]
fn a_secret_of_another_owner_on_purpose() {
    let mut world = of_another_owner();
    world.config.safety.overwrite_secret = true;
    assert_snapshot!(world.decided());
}

#[test]
fn a_secret_of_another_owner_that_stays_as_it_is() {
    let mut world = of_another_owner();
    world.credentials.cluster_token = Some(Secret::from("the-token"));
    assert_snapshot!(world.decided());
}

#[test]
fn a_secret_of_a_type_that_the_key_would_break() {
    let mut world = World::bootstrapped(&[URL]);
    let (cluster, files) = (world.cluster, world.files);
    world = World::new(&[SSH_URL, "--allow-source-change"]);
    (world.cluster, world.files, world.unchanged) = (cluster, files, true);
    world.state().source_secret.as_mut().unwrap().kind = "kubernetes.io/basic-auth".into();
    assert_snapshot!(world.decided());
}

fn with_registry(mut world: World) -> World {
    world.config.install.image_pull_secret = Some("pull".into());
    world.credentials.registry_login =
        Some(RegistryLogin { username: "me".into(), password: Secret::from("the-password") });
    world
}

#[test]
fn the_image_pull_secret_goes_between_the_stages() {
    assert_snapshot!(with_registry(World::new(&[URL])).decided());
}

#[test]
fn the_image_pull_secret_alone() {
    assert_snapshot!(with_registry(World::bootstrapped(&[URL])).decided());
}

#[test]
fn the_image_pull_secret_is_there() {
    let mut world = with_registry(World::bootstrapped(&[URL]));
    let registry = world.config.install.registry.clone();
    let content = world.credentials.registry_login.as_ref().unwrap().content(&registry);
    let mut pull = stored(&[]);
    pull.keys = content;
    world.state().pull_secret = Some(pull);
    assert_snapshot!(world.decided());
}

#[test]
fn a_token_that_dies_soon() {
    use base64::Engine as _;
    let mut world = World::new(&[URL]);
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(br#"{"exp":1790000000}"#);
    world.credentials.cluster_token = Some(Secret::new(format!("eyJhbGciOiJub25lIn0.{payload}.sig")));
    assert_snapshot!(world.decided());
}

#[test]
fn keys_of_somebody_else_are_kept() {
    let mut world = World::bootstrapped(&[URL]);
    world.state().source_secret = Some(stored(&[("mine", "x"), ("username", "git"), ("bearerToken", "t")]));
    assert_snapshot!(world.decided());
}

#[test]
fn a_key_made_before_a_lost_race_is_not_made_again() {
    let mut world = World::new(&[SSH_URL]);
    world.produced.deploy_key = Some(Arc::clone(&deploy_key()));
    assert_snapshot!(world.decided());
}

#[test]
fn a_proxy_that_is_taken_back() {
    let mut world = World::bootstrapped(&[URL, "--no-source-proxy"]);
    world.state().proxy_secret = Some(stored(&[("address", "http://proxy:3128"), ("password", "secret-word")]));
    let told = |world: &World| {
        let told = world.decided();
        let lines = told.lines().filter(|line| line.contains("proxy") || line.starts_with("drop "));
        lines.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let goes = told(&world);
    world.answers.secret_users =
        crate::domain::seen::Seen::Known(vec![crate::domain::object_ref::ObjectRef::namespaced(
            "source.toolkit.fluxcd.io/v1",
            "GitRepository",
            "flux-system",
            "apps",
        )]);
    let used = told(&world);
    world.answers.secret_users = crate::domain::seen::Seen::NotAsked;
    world.state().proxy_secret = Some(stored(&[("address", "http://proxy:3128"), ("ca.crt", "theirs")]));
    let theirs = told(&world);
    world.state().proxy_secret = None;
    assert_snapshot!([goes, used, theirs, told(&world)].join("\n--\n"));
}
