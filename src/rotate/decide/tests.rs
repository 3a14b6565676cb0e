//! What is decided, from the command line, what the cluster holds, and what the servers say.

mod interrupted;

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::decide;
use crate::cli::{self, Command};
use crate::cluster::ClusterError;
use crate::domain::access::Access;
use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::{RotateConfig, Secret};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::object_ref::ObjectRef;
use crate::domain::seen::Seen;
use crate::open::trial::Trial;
use crate::plan::{Plan, Step, ssh_credential};
use crate::preflight::Credentials;
use crate::preflight::rotation::RotationSecrets;
use crate::rotate::draft::draft;
use crate::rotate::facts::{Answers, Copy, Facts, Looked, Pending, Sharer};
use crate::ssh_key::DeployKey;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

struct World {
    config: RotateConfig,
    secrets: RotationSecrets,
    looked: Looked,
    answers: Answers,
}

impl World {
    /// A cluster that a bootstrap gave a token, and a new token that may read and not push.
    fn new(flags: &[&str]) -> Self {
        let line = ["flux", "rotate", "source", "git"].iter().chain(flags).map(Into::into);
        let Ok(Command::RotateGit(args)) = cli::parse(line, &Environment::default()) else { panic!("{flags:?}") };
        let (config, _) = cli::resolve_rotate(&args, &Environment::default()).unwrap();
        let credentials = Credentials::none().unwrap();
        let looked = Looked {
            reference: object("GitRepository", "flux-system"),
            source: Some(source()),
            names: Vec::new(),
            secret: Some(stored(json!({"type": "Opaque", "data": {
                "username": "Ym90", "password": "b2xk", "ca.crt": "Y2E=", "mine": "eA=="}}))),
            pending: Pending::None,
            sharers: Vec::new(),
            copies: Ok(Vec::new()),
        };
        let tried = Trial { sees_commit: Some(true), pushes: Some(false) };
        Self {
            config,
            secrets: RotationSecrets { credentials, token: Some(Secret::from("new")), key: None, old: None },
            looked,
            answers: Answers { tried: Seen::Known(tried), missing: Seen::Known(Vec::new()) },
        }
    }

    fn with_spec(mut self, field: &str, value: Value) -> Self {
        if let Some(source) = &mut self.looked.source {
            source["spec"][field] = value;
        }
        self
    }

    fn with_secret(mut self, secret: Value) -> Self {
        self.looked.secret = Some(stored(secret));
        self
    }

    fn decided(&self) -> String {
        let draft = draft(&self.config, &self.secrets, &self.looked);
        let answers = if draft.known().is_some() { self.answers.clone() } else { Answers::default() };
        let decided = decide(Facts { config: &self.config, looked: &self.looked, draft: &draft, answers: &answers });
        told(&decided)
    }
}

fn object(kind: &str, name: &str) -> ObjectRef {
    ObjectRef::namespaced("source.toolkit.fluxcd.io/v1", kind, "flux-system", name)
}

fn source() -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "flux-system", "namespace": "flux-system"},
        "spec": {
            "url": "https://dev.azure.com/acme/platform/_git/fleet", "ref": {"branch": "main"},
            "secretRef": {"name": "flux-system"},
        },
        "status": {"artifact": {"revision": format!("main@sha1:{COMMIT}")}},
    })
}

fn stored(object: Value) -> StoredSecret {
    StoredSecret::of(&object)
}

fn told(decided: &Result<Plan, Error>) -> String {
    let mut out = String::new();
    match decided {
        Ok(plan) => {
            let _ = writeln!(out, "{}", crate::ui::plan_view::text(plan));
            for step in &plan.steps {
                if let Step::ProveCredential(step) = step {
                    let undo = step.undo.as_ref().map(|undo| undo.before.keys.keys().cloned().collect::<Vec<_>>());
                    let _ = writeln!(out, "put back: {undo:?}");
                }
            }
            plan.warnings.iter().for_each(|warning| out.push_str(&format!("warning: {warning}\n")));
        }
        Err(error) => {
            for error in std::iter::once(error).chain(&error.related) {
                let _ = writeln!(out, "{} ({}): {}", error.kind.as_str(), error.kind.exit_code(), error.message);
                error.causes.iter().for_each(|cause| out.push_str(&format!("  cause: {cause}\n")));
                error.hints.iter().for_each(|hint| out.push_str(&format!("  hint: {hint}\n")));
            }
        }
    }
    out
}

#[test]
fn a_token_in_the_place_of_another() {
    assert_snapshot!(World::new(&[]).decided());
}

#[test]
fn a_bearer_token_in_the_place_of_a_password() {
    assert_snapshot!(World::new(&["--bearer-token-file=t"]).decided());
}

#[test]
fn a_token_is_sent_as_the_one_before() {
    let world = World::new(&[]).with_secret(json!({"data": {"bearerToken": "b2xk"}}));
    assert_snapshot!(world.decided());
}

#[test]
fn other_certificates_are_put_back_too() {
    let mut world = World::new(&["--ca-file=ca.pem"]);
    world.secrets.credentials.ca = Some(b"other".to_vec());
    assert_snapshot!(world.decided());
}

#[test]
fn without_rollback_nothing_is_put_back() {
    assert_snapshot!(World::new(&["--no-rollback"]).decided());
}

#[test]
fn a_credential_that_is_there_is_proven_again() {
    let secret = json!({"data": {"username": "Ym90", "password": "bmV3"}});
    assert_snapshot!(World::new(&[]).with_secret(secret).decided());
}

#[test]
fn a_secret_that_is_gone_is_made() {
    let mut world = World::new(&[]);
    world.looked.secret = None;
    assert_snapshot!(world.decided());
}

#[test]
fn an_old_credential_that_is_given_is_tried() {
    let mut world = World::new(&["--old-password-file=old", "--password-file=new"]);
    world.secrets.old = Some(Secret::from("old"));
    assert_snapshot!(world.decided());
}

#[test]
fn an_old_credential_that_is_the_new_one() {
    let mut world = World::new(&["--old-password-file=old", "--password-file=new"]);
    world.secrets.old = Some(Secret::from("new"));
    assert_snapshot!(world.decided());
}

#[test]
fn others_with_the_same_credential_are_named() {
    let mut world = World::new(&[]);
    world.looked.sharers = vec![
        Sharer { object: object("HelmRepository", "charts"), pushes: false },
        Sharer { object: object("ImageUpdateAutomation", "images"), pushes: true },
    ];
    world.looked.copies = Ok(vec![Copy { secret: "team-a/git".into(), key: "token".into() }]);
    assert_snapshot!(world.decided());
}

#[test]
fn secrets_that_may_not_be_listed_are_not_known() {
    let mut world = World::new(&[]);
    world.looked.copies = Err(ClusterError::Timeout { action: "list secrets".into(), last: None });
    assert_snapshot!(world.decided());
}

#[test]
fn a_commit_that_is_not_shown_is_told() {
    let mut world = World::new(&[]);
    world.answers.tried = Seen::Known(Trial { sees_commit: Some(false), pushes: None });
    assert_snapshot!(world.decided());
}

#[test]
fn a_refused_credential_and_missing_rights_are_told_together() {
    let mut world = World::new(&[]);
    let error = Error::new(Kind::GitAccess, "the new credential cannot read `https://dev.azure.com/a`");
    world.answers.tried = Seen::Failed(error);
    let right = Access {
        verb: "update",
        group: String::new(),
        resource: "secrets".into(),
        namespace: Some("flux-system".into()),
        name: None,
    };
    world.answers.missing = Seen::Known(vec![right]);
    assert_snapshot!(world.decided());
}

/// A cluster that signs in by a key, with what may wait beside it.
fn with_keys(flags: &[&str], pending: Pending) -> World {
    let mut world = World::new(flags).with_spec("url", json!("ssh://git@ssh.dev.azure.com/v3/acme/platform/fleet"));
    world.looked.secret = Some(held(&key(OLD)));
    world.looked.pending = pending;
    world
}

/// Keys that stay the same from run to run, so that their fingerprints can be in snapshots.
const OLD: &str = include_str!("old_key.pem");
const NEW: &str = include_str!("new_key.pem");

fn key(text: &str) -> DeployKey {
    DeployKey::parse(text, "a test", None).unwrap()
}

fn held(key: &DeployKey) -> StoredSecret {
    let keys = ssh_credential(key, "ssh.dev.azure.com ssh-rsa AAAA").content(None);
    StoredSecret { kind: "Opaque".to_owned(), keys, ..StoredSecret::default() }
}

fn refused(mut world: World) -> World {
    world.answers.tried = Seen::Failed(Error::new(Kind::GitAccess, "the new credential cannot read the repository"));
    world
}

#[test]
fn a_key_is_made_and_waits() {
    assert_snapshot!(with_keys(&["--generate-key"], Pending::None).decided());
}

#[test]
fn a_key_that_waits_is_shown_until_it_is_accepted() {
    let world = || with_keys(&["--generate-key"], Pending::Waits(held(&key(NEW))));
    assert_snapshot!(refused(world()).decided());
    assert_snapshot!(world().decided());
}

#[test]
fn a_key_in_use_is_proven_and_its_secret_goes() {
    let mut waiting = held(&key(NEW));
    waiting.keys.insert("replaces".to_owned(), Secret::new(b"SHA256:before".to_vec()));
    let mut world = with_keys(&["--generate-key"], Pending::Waits(waiting));
    world.looked.secret = Some(held(&key(NEW)));
    assert_snapshot!(world.decided());
}

#[test]
fn a_server_out_of_reach_is_no_refusal_of_the_key() {
    let mut world = with_keys(&["--generate-key"], Pending::Waits(held(&key(NEW))));
    world.answers.tried = Seen::Failed(Error::new(Kind::Other, "cannot connect to `ssh.dev.azure.com:22`"));
    assert_snapshot!(world.decided());
}

#[test]
fn a_key_that_waits_is_given_up() {
    let waits = with_keys(&["--abort"], Pending::Waits(held(&key(NEW)))).decided();
    let none = with_keys(&["--abort"], Pending::None).decided();
    assert_snapshot!(format!("{waits}\n{none}"));
}

#[test]
fn keys_that_do_not_fit() {
    let mut unknown = with_keys(&["--generate-key"], Pending::None);
    if let Some(secret) = &mut unknown.looked.secret {
        secret.keys.remove("known_hosts");
    }
    let broken =
        StoredSecret { keys: [("identity".to_owned(), Secret::new(b"x".to_vec()))].into(), ..StoredSecret::default() };
    let cases = [
        ("a token for SSH", with_keys(&[], Pending::None)),
        ("a key for https", World::new(&["--generate-key"])),
        (
            "a kind that Azure DevOps refuses",
            with_keys(&["--generate-key", "--ssh-key-algorithm=ed25519"], Pending::None),
        ),
        ("no known_hosts", unknown),
        ("another Secret of that name", with_keys(&["--generate-key"], Pending::Foreign)),
        ("another Secret of that name is not deleted", with_keys(&["--abort"], Pending::Foreign)),
        ("a waiting key that cannot be read", with_keys(&["--generate-key"], Pending::Waits(broken))),
    ];
    let told: Vec<String> = cases.iter().map(|(case, world)| format!("# {case}\n{}", world.decided())).collect();
    assert_snapshot!(told.join("\n"));
}

#[test]
fn sources_that_cannot_be_rotated() {
    let absent = |names: &[&str]| {
        let mut world = World::new(&[]);
        world.looked.source = None;
        world.looked.names = names.iter().map(|name| (*name).to_owned()).collect();
        world
    };
    let cases = [
        ("no GitRepository at all", absent(&[])),
        ("other GitRepositories", absent(&["apps", "infra"])),
        ("provider azure", World::new(&[]).with_spec("provider", json!("azure"))),
        ("no Secret", World::new(&[]).with_spec("secretRef", Value::Null)),
        ("suspended", World::new(&[]).with_spec("suspend", json!(true))),
        ("no address", World::new(&[]).with_spec("url", json!("nonsense"))),
    ];
    let told: Vec<String> = cases.iter().map(|(case, world)| format!("# {case}\n{}", world.decided())).collect();
    assert_snapshot!(told.join("\n"));
}

#[test]
fn secrets_that_are_not_written() {
    let with = |fields: Value| {
        let mut secret = json!({"type": "Opaque", "data": {"username": "Z2l0", "password": "b2xk"}});
        if let (Some(secret), Value::Object(fields)) = (secret.as_object_mut(), fields) {
            secret.extend(fields);
        }
        secret
    };
    let labelled = |label: &str, value: &str| with(json!({"metadata": {"labels": {label: value}}}));
    let cases = [
        ("immutable", with(json!({"immutable": true}))),
        ("External Secrets", labelled("reconcile.external-secrets.io/managed", "true")),
        ("SOPS by Flux", labelled("kustomize.toolkit.fluxcd.io/name", "secrets")),
        (
            "an owner",
            with(
                json!({"metadata": {"ownerReferences": [{"kind": "SealedSecret", "name": "git", "controller": true}]}}),
            ),
        ),
    ];
    let told = cases.map(|(case, secret)| format!("# {case}\n{}", World::new(&[]).with_secret(secret).decided()));
    assert_snapshot!(told.join("\n"));
    let basic = with(json!({"type": "kubernetes.io/basic-auth"}));
    assert_snapshot!(World::new(&["--bearer-token-file=t"]).with_secret(basic).decided());
}
