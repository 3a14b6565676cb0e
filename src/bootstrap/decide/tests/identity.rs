//! The cluster's own identity: given, found in the repository, and taken back.

use insta::assert_snapshot;

use super::facts::{FOLDER, URL, World, stored};
use crate::bootstrap::inquiry::IdentityAnswer;
use crate::domain::error::{Error, Kind};
use crate::domain::object_ref::ObjectRef;
use crate::domain::seen::Seen;
use crate::entra::{EntraError, Presented};
use crate::hints::entra::of_identity;
use crate::manifests::SyncProvider;
use crate::open::identity_trial::IdentityTrial;
use crate::plan::{Plan, Step};

pub(super) const CLIENT: &str = "--cluster-identity-client-id=11111111-2222-4333-8444-555555555555";
pub(super) const TENANT: &str = "--cluster-identity-tenant-id=7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11";
pub(super) const AZURE: &str = "--provider=azure";

/// A world in which nobody gives a token that the cluster could keep.
pub(super) fn without_token(mut world: World) -> World {
    world.credentials.cluster_token = None;
    world
}

/// The first run in an empty world.
fn first(flags: &[&str]) -> World {
    let all: Vec<&str> = [URL, AZURE].iter().chain(flags).copied().collect();
    without_token(World::new(&all))
}

/// A world after a run that gave the cluster an identity, as a run with these flags finds it.
pub(super) fn after(flags: &[&str]) -> World {
    let mut before = World::bootstrapped(&[URL]);
    let plan = without_token(World::new(&[URL, AZURE, CLIENT, TENANT])).decide().unwrap();
    write(&mut before, &plan);
    let mut world = without_token(World::bootstrapped(&[&[URL], flags].concat()));
    world.files = before.files;
    let mut wanted = world.wanted().sync;
    wanted.provider = SyncProvider::Azure { ca: false };
    wanted.url = URL.trim_start_matches("--url=").parse().unwrap();
    let [mut source, _] = <[_; 2]>::try_from(wanted.render().objects).unwrap();
    source["metadata"]["generation"] = 1.into();
    source["status"] = world.state().flux.git_repository.as_ref().unwrap()["status"].clone();
    world.state().flux.git_repository = Some(source);
    world.state().source_secret = None;
    let revision = format!("main@sha1:{}", world.tip().unwrap());
    let flux = &mut world.state().flux;
    flux.kustomization.as_mut().unwrap()["status"]["lastAppliedRevision"] = revision.clone().into();
    flux.git_repository.as_mut().unwrap()["status"]["artifact"]["revision"] = revision.into();
    world
}

/// Puts what a plan commits into a world's repository.
fn write(world: &mut World, plan: &Plan) {
    for step in &plan.steps {
        let Step::CommitAndPush(commit) = step else { continue };
        for file in &commit.files {
            match &file.after {
                Some(content) => drop(world.files.insert(file.path.clone(), content.clone())),
                None => drop(world.files.remove(&file.path)),
            }
        }
    }
}

fn text(world: &World, name: &str) -> String {
    String::from_utf8(world.files[&format!("{FOLDER}/{name}")].clone()).unwrap()
}

#[test]
fn a_first_bootstrap_in_each_mode() {
    let told: Vec<String> = ["auto", "webhook", "projected", "object", "node"]
        .iter()
        .map(|mode| {
            let mode = format!("--cluster-identity-mode={mode}");
            let plan = first(&[CLIENT, TENANT, &mode]).decide().unwrap();
            let options: Vec<String> =
                plan.options.iter().map(|it| format!("   {}: {:?}", it.option, it.objects)).collect();
            format!("{mode}: {}\n{}", plan.identity.unwrap().text(), options.join("\n"))
        })
        .collect();
    assert_snapshot!(told.join("\n"));
}

#[test]
fn a_first_bootstrap_where_the_webhook_runs() {
    let mut world = first(&[CLIENT]);
    world.state().identity_webhook = Some(true);
    world.tenant = Seen::Known(Some("7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11".parse().unwrap()));
    assert_snapshot!(world.decided());
}

#[test]
fn why_the_webhook_is_passed_over_is_told_where_auto_decides() {
    let text = |flags: &[&str], webhook| {
        let mut world = first(&[&[CLIENT, TENANT], flags].concat());
        world.state().identity_webhook = webhook;
        let identity = world.decide().unwrap().identity.unwrap();
        format!("{flags:?} {webhook:?}: {} {:?}", identity.mode, identity.reason)
    };
    let (auto, projected) = (["--cluster-identity-mode=auto"], ["--cluster-identity-mode=projected"]);
    assert_snapshot!(
        [
            text(&[], Some(false)),
            text(&[], None),
            text(&[], Some(true)),
            text(&auto, Some(false)),
            text(&projected, Some(false)),
        ]
        .join("\n")
    );
    assert_eq!(after(&[]).decide().unwrap().identity.unwrap().reason, None, "it is recorded");
}

#[test]
fn certificates_that_only_git_trusts_are_warned_of_behind_a_proxy() {
    let warned = |flags: &[&str], is_proxied, ca: bool| {
        let mut world = first(&[&[CLIENT, TENANT], flags].concat());
        world.is_proxied = is_proxied;
        world.credentials.ca = ca.then(|| b"-----BEGIN CERTIFICATE-----".to_vec());
        let plan = world.decide().unwrap();
        plan.warnings.iter().any(|warning| warning.contains("`--controller-ca-file`"))
    };
    let proxy = "--controller-proxy=http://proxy:3128";
    assert!(warned(&[], true, true) && warned(&[proxy], false, true));
    assert!(!warned(&[], false, true) && !warned(&[proxy], true, false));
    assert!(!warned(&["--cluster-identity-mode=node"], true, true), "the machine's service is no part of Entra");
}

#[test]
fn certificates_alone_are_kept_in_a_secret() {
    let mut world = first(&[CLIENT, TENANT]);
    world.credentials.ca = Some(b"-----BEGIN CERTIFICATE-----".to_vec());
    let plan = world.decide().unwrap();
    let secrets: Vec<&Step> = plan.steps.iter().filter(|step| matches!(step, Step::ApplySecret(_))).collect();
    let [Step::ApplySecret(secret)] = secrets[..] else { panic!("{secrets:?}") };
    assert_eq!(secret.keys.added, ["ca.crt"]);
    assert!(plan.identity.unwrap().text().contains("a secret of certificates alone"));
}

#[test]
fn nobody_s_identity_is_refused() {
    let mut without_tenant = first(&[CLIENT]);
    without_tenant.tenant = Seen::Known(None);
    let node = first(&["--cluster-identity-mode=node"]).decide().unwrap();
    assert!(node.identity.unwrap().client_id.is_none());
    let told = [first(&[TENANT]).decided(), without_tenant.decided()];
    assert_snapshot!(told.join("\n"));
}

#[test]
fn a_rerun_without_flags_keeps_the_identity_and_commits_nothing() {
    let world = after(&[]);
    assert!(text(&world, "gotk-sync.yaml").contains("provider: azure"));
    assert_snapshot!(world.decided());
    assert!(!after(&[AZURE]).decided().contains("commit on"));
    let token = after(&["--options-reset"]).decide().unwrap();
    assert!(token.identity.is_some() && !token.steps.iter().any(|step| matches!(step, Step::CommitAndPush(_))));
}

#[test]
fn what_the_reference_s_rerun_wrote_into_the_sync_file_is_put_right() {
    let mut world = after(&[]);
    let secret = "  secretRef:\n    name: flux-system\n";
    let theirs =
        text(&world, "gotk-sync.yaml").replace("  provider: azure\n", "").replace("  url:", &format!("{secret}  url:"));
    world.write("gotk-sync.yaml", &theirs);
    assert_snapshot!(world.decided());
}

#[test]
fn an_identity_given_by_hand_counts_as_given() {
    let mut world = without_token(World::bootstrapped(&[URL]));
    let mut wanted = world.wanted().sync;
    wanted.provider = SyncProvider::Azure { ca: false };
    let theirs = wanted.render().text;
    world.write("gotk-sync.yaml", &theirs);
    let plan = world.decide().unwrap();
    assert!(
        !plan.steps.iter().any(|step| matches!(step, Step::CommitAndPush(_) | Step::ApplySecret(_))),
        "{:?}",
        plan.steps
    );
}

#[test]
fn the_provider_generic_takes_the_identity_back() {
    let mut world = after(&["--provider=generic"]);
    world.credentials.cluster_token = Some(crate::domain::config::Secret::from("the-token"));
    assert_snapshot!(world.decided());
}

const ISSUER: &str = "https://oidc.example/cluster/";

/// The answer of Entra with this number to a world's identity.
fn refused(world: &World, code: u32, passing: bool) -> IdentityTrial {
    let identity = world.identity();
    let assertion = Some([ISSUER, &identity.subject(), "api://AzureADTokenExchange"].map(str::to_owned));
    let presented =
        Box::new(Presented { tenant: identity.tenant_id.clone(), client_id: identity.client_id.clone(), assertion });
    let sentence = format!("AADSTS{code}: the words of the service");
    let error = EntraError::Refused { codes: vec![code], sentence, presented };
    IdentityTrial::Refused { error: Box::new(of_identity(error.into(), &identity)), passing }
}

fn answered(mut world: World, issuer: Option<&str>, trial: IdentityTrial) -> World {
    world.answers.identity = Seen::Known(IdentityAnswer { issuer: issuer.map(str::to_owned), trial });
    world
}

/// A cluster that reads with a token, and is to have an identity.
fn switch() -> World {
    without_token(World::bootstrapped(&[URL, AZURE, CLIENT, TENANT]))
}

#[test]
fn a_token_is_given_up_only_for_an_identity_that_works() {
    let mut told = Vec::new();
    for (case, issuer, trial) in [
        ("proven", Some(ISSUER), IdentityTrial::Proven),
        ("no matching credential", Some(ISSUER), refused(&switch(), 700_213, false)),
        ("a credential made minutes ago", Some(ISSUER), refused(&switch(), 70_025, true)),
        ("no such client", Some(ISSUER), refused(&switch(), 700_016, false)),
        ("not known", Some(ISSUER), IdentityTrial::Unknown("cannot reach `https://login.example`".to_owned())),
        ("an issuer in the cluster", Some("https://kubernetes.default.svc"), refused(&switch(), 700_211, false)),
        ("an issuer that is not told", None, IdentityTrial::Proven),
    ] {
        told.push(format!("# {case}\n{}", answered(switch(), issuer, trial).decided()));
    }
    assert_snapshot!(told.join("\n"));
}

#[test]
fn where_nothing_is_given_up_a_new_credential_is_waited_for() {
    let mut told = Vec::new();
    for (case, code, passing) in [("made minutes ago", 70_021, true), ("not made", 700_213, false)] {
        let mut world = after(&[]);
        world.state().flux.git_repository = None;
        let trial = refused(&world, code, passing);
        told.push(format!("# {case}\n{}", answered(world, Some(ISSUER), trial).decided()));
    }
    assert_snapshot!(told.join("\n"));
}

#[test]
fn the_machine_s_identity_is_not_tried_from_here() {
    assert_snapshot!(first(&["--cluster-identity-mode=node"]).decided());
}

#[test]
fn a_secret_that_nobody_else_needs_goes_last() {
    let proven = |world: World| answered(world, Some(ISSUER), IdentityTrial::Proven);
    let keys = |pairs: &[(&str, &str)]| {
        let mut world = switch();
        world.state().source_secret = Some(stored(pairs));
        proven(world)
    };
    let mut used = proven(switch());
    let user = ObjectRef::namespaced("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-system", "apps");
    used.answers.secret_users = Seen::Known(vec![user]);
    let mut unseen = proven(switch());
    unseen.answers.secret_users = Seen::Failed(Error::new(Kind::Cluster, "this identity may not list helmreleases"));
    let mut certificates = keys(&[("username", "git"), ("password", "p"), ("ca.crt", "old")]);
    certificates.credentials.ca = Some(b"-----BEGIN CERTIFICATE-----".to_vec());
    let worlds = [
        ("a token", keys(&[("username", "git"), ("password", "p"), ("ca.crt", "pem")])),
        ("a key", keys(&[("identity", "k"), ("identity.pub", "p"), ("known_hosts", "h")])),
        ("another's key in it", keys(&[("username", "git"), ("password", "p"), ("webhook-token", "t")])),
        ("certificates alone", keys(&[("ca.crt", "pem")])),
        ("certificates stay", certificates),
        ("another source refers to it", used),
        ("who refers to it cannot be seen", unseen),
    ];
    let told: Vec<String> = worlds.iter().map(|(case, world)| format!("# {case}\n{}", world.decided())).collect();
    assert_snapshot!(told.join("\n"));
}
