//! The sync file: written, merged into what stands there, kept.

use super::*;

pub(super) fn options() -> SyncOptions {
    SyncOptions {
        namespace: Namespace::default(),
        url: "https://localhost:18443/fleet/platform/_git/clusters".parse().unwrap(),
        branch: "main".into(),
        interval: GoDuration::from_secs(60),
        path: "clusters/my-cluster".parse().unwrap(),
        provider: SyncProvider::default(),
        secret_name: "flux-system".into(),
        proxy: ProxyRef::Kept,
        recurse_submodules: false,
        sparse_checkout: Vec::new(),
    }
}

fn golden(case: &str) -> String {
    fs_err::read_to_string(format!("{}/tests/golden/sync/{case}.yaml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_file_is_byte_for_byte_what_flux_writes() {
    assert_eq!(options().render().text, golden("https-token"));
    let root = SyncOptions { path: "".parse().unwrap(), ..options() };
    assert_eq!(root.render().text, golden("https-token-root"));
    let all = SyncOptions {
        namespace: "gitops".parse().unwrap(),
        branch: "prod".into(),
        interval: GoDuration::from_secs(300),
        path: "./clusters/a/".parse().unwrap(),
        secret_name: "creds".into(),
        recurse_submodules: true,
        sparse_checkout: vec!["clusters/a".into()],
        ..options()
    };
    assert_eq!(all.render().text, golden("https-token-options"));
    let ssh = SyncOptions { url: "ssh://git@127.0.0.1:2222/v3/fleet/platform/clusters".parse().unwrap(), ..options() };
    assert_eq!(ssh.render().text, golden("ssh-key"));
}

#[test]
fn an_empty_file_counts_as_absent() {
    for text in ["", "\n", "# nothing yet\n", "---\n"] {
        let merged = options().merge_into(Some(text)).unwrap();
        assert_eq!(merged, options().render(), "{text:?}");
    }
    assert_eq!(options().merge_into(None).unwrap(), options().render());
}

#[test]
fn a_file_whose_owned_fields_agree_stays_byte_for_byte() {
    let fresh = options().render().text;
    assert!(!options().merge_into(Some(&fresh)).unwrap().hand_edits_kept);
    let edited = fresh
        .replace("interval: 1m0s", "interval: 60s # fast")
        .replace("path: ./clusters/my-cluster", "path: \"clusters/my-cluster/\"")
        .replace("  ref:", "  timeout: 2m\n  ref:")
        .replace("  interval: 10m0s", "  interval: 1h0m0s");
    let merged = options().merge_into(Some(&edited)).unwrap();
    assert_eq!(merged.text, edited);
    assert!(merged.hand_edits_kept && merged.needs_secret);
}

#[test]
fn a_block_of_text_at_the_end_of_a_file_is_read_as_it_will_be_written() {
    let existing = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\ndata:\n  a: |\n    text";
    let merged = options().merge_into(Some(existing)).unwrap();
    let written = crate::yaml::parse(&merged.text).unwrap();
    assert_eq!(written[0].value, merged.objects[0]);
}

#[test]
fn owned_fields_are_updated_and_everything_else_stays() {
    let existing = "\
# Ours.
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
  labels: {team: platform}
spec:
  # how often
  interval: 5m # slow
  ignore: |
    url: not this one
    # nor this
  recurseSubmodules: true
  ref:
    tag: v1 # pinned
  secretRef:
    name: flux-system
  # the address
  url: ssh://git@old/x
  verify:
    mode: HEAD
---
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1beta2
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  decryption: {provider: sops}
  interval: 10m0s
  path: ./old
  sourceRef: {kind: GitRepository, name: flux-system}
";
    let merged = SyncOptions { sparse_checkout: vec!["a".into()], ..options() }.merge_into(Some(existing)).unwrap();
    let expected = existing
        .replace("interval: 5m # slow", "interval: 1m0s # slow")
        .replace("  recurseSubmodules: true\n", "")
        .replace("  ref:\n    tag: v1 # pinned\n", "  ref:\n    branch: main\n")
        .replace("    name: flux-system\n  # the", "    name: flux-system\n  sparseCheckout:\n  - a\n  # the")
        .replace("url: ssh://git@old/x", "url: https://localhost:18443/fleet/platform/_git/clusters")
        .replace("v1beta2", "v1")
        .replace("path: ./old\n", "path: ./clusters/my-cluster\n  prune: true\n");
    assert_eq!(merged.text, expected);
    assert!(merged.hand_edits_kept);
    assert_eq!(merged.objects.len(), 3);
    assert_eq!(yaml::parse(&merged.text).unwrap().len(), 3);
}

#[test]
fn layouts_that_cannot_be_edited_keep_their_content() {
    let existing = "{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: flux-system}, spec: {url: x, timeout: 1m}}\n";
    let merged = options().merge_into(Some(existing)).unwrap();
    assert_eq!(merged.objects[0]["spec"]["timeout"], "1m");
    assert_eq!(merged.objects[0]["spec"]["url"], options().url.to_string());
    assert_eq!(merged.objects[1]["kind"], "Kustomization");
    let written: Vec<Value> = yaml::parse(&merged.text).unwrap().into_iter().map(|one| one.value).collect();
    assert_eq!(written, merged.objects);
}

#[test]
fn with_a_provider_set_by_hand_no_secret_is_asked_for() {
    let fresh = options().render().text;
    let without = fresh.replace("  secretRef:\n    name: flux-system\n", "  provider: azure\n");
    let merged = options().merge_into(Some(&without)).unwrap();
    assert_eq!(merged.text, without);
    assert!(!merged.needs_secret && merged.hand_edits_kept);
    let generic = without.replace("provider: azure", "provider: generic");
    assert!(options().merge_into(Some(&generic)).unwrap().needs_secret);
    let both = fresh.replace("  secretRef:", "  provider: azure\n  secretRef:");
    assert!(options().merge_into(Some(&both)).unwrap().needs_secret);
}

#[test]
fn what_is_not_yaml_is_an_error_with_its_line() {
    let error = options().merge_into(Some("a: 1\n---\nb: [1\n")).unwrap_err();
    assert!(matches!(error, SyncError::NotYaml { source } if source.line >= 3));
}

#[test]
fn an_object_that_is_there_twice_is_refused_with_both_places() {
    let fresh = options().render().text;
    let error = options().merge_into(Some(&fresh.repeat(2))).unwrap_err();
    assert_eq!(error.to_string(), "`GitRepository/flux-system` is there twice, at line 3 and at line 30");
}

#[test]
fn what_older_versions_had_is_raised_and_said_once() {
    let fresh = options().render().text;
    let old = fresh
        .replace("source.toolkit.fluxcd.io/v1", "source.toolkit.fluxcd.io/v1beta1")
        .replace("  ref:", "  gitImplementation: libgit2\n  ref:");
    let merged = options().merge_into(Some(&old)).unwrap();
    assert_eq!(merged.text, fresh);
    let raised =
        SyncNote::Raised { object: "GitRepository/flux-system".into(), from: "v1beta1".into(), to: "v1".into() };
    assert_eq!((merged.notes.len(), &merged.notes[0]), (2, &raised));
    assert_eq!(options().merge_into(Some(&merged.text)).unwrap().notes, []);
}
