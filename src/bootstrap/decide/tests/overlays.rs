//! Overlays of the user, in Flux's folder and above it.

use insta::assert_snapshot;

use super::facts::{URL, World};
use crate::plan::Step;

fn with_kustomization(text: &str) -> World {
    let mut world = World::bootstrapped(&[URL]);
    world.write("kustomization.yaml", text);
    world
}

#[test]
fn an_overlay_that_leaves_the_sync_out() {
    assert_snapshot!(with_kustomization("resources: [gotk-components.yaml]\n").decided());
}

#[test]
fn an_overlay_that_leaves_the_components_out() {
    assert_snapshot!(with_kustomization("resources: [gotk-sync.yaml]\n").decided());
}

#[test]
fn an_overlay_that_leaves_the_components_out_on_purpose() {
    let mut world = with_kustomization("resources: [gotk-sync.yaml]\n");
    world.config.safety.allow_component_removal = true;
    assert_snapshot!(world.decided());
}

#[test]
fn an_overlay_that_cannot_be_built() {
    assert_snapshot!(with_kustomization("resources: [gotk-components.yaml, gone.yaml]\n").decided());
}

#[test]
fn an_overlay_that_needs_what_is_not_built_here() {
    let text = "resources: [gotk-components.yaml, gotk-sync.yaml, https://example.com/remote.yaml]\n";
    assert_snapshot!(with_kustomization(text).decided());
}

#[test]
fn the_same_on_a_first_bootstrap() {
    let text = "resources: [gotk-components.yaml, gotk-sync.yaml, https://example.com/remote.yaml]\n";
    let mut world = with_kustomization(text);
    world.cluster = World::new(&[URL]).cluster;
    assert_snapshot!(world.decided());
}

#[test]
fn an_encrypted_secret_is_left_to_the_controller() {
    let mut world = with_kustomization("resources: [gotk-components.yaml, gotk-sync.yaml, secret.yaml]\n");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: flux-system}\nstringData: {a: 'ENC[AES256_GCM,data:x]'}\nsops: {version: 3.9.0, mac: x}\n";
    world.write("secret.yaml", secret);
    assert_snapshot!(world.decided());
}

#[test]
fn an_object_in_a_namespace_that_nobody_makes() {
    let mut world = with_kustomization("resources: [gotk-components.yaml, gotk-sync.yaml, service.yaml]\n");
    world.write("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: elsewhere}\n");
    assert_snapshot!(world.decided());
}

#[test]
fn an_object_in_a_namespace_that_exists() {
    let mut world = with_kustomization("resources: [gotk-components.yaml, gotk-sync.yaml, service.yaml]\n");
    world.write("service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: elsewhere}\n");
    world.namespaces.insert("elsewhere");
    assert_snapshot!(world.decided());
}

#[test]
fn a_kustomization_above_that_does_not_reach_flux() {
    let mut world = World::bootstrapped(&[URL]);
    world.files.insert("clusters/a/kustomization.yaml".into(), b"resources: []\n".to_vec());
    assert_snapshot!(world.decided());
}

#[test]
fn the_same_where_the_cluster_holds_nothing_yet() {
    let mut world = World::new(&[URL]);
    world.files.insert("clusters/a/kustomization.yaml".into(), b"resources: []\n".to_vec());
    assert_snapshot!(world.decided());
}

#[test]
fn a_kustomization_above_that_cannot_be_built() {
    for text in ["resources: [flux-system, gone.yaml]\n", "a: b: c\n"] {
        let mut world = World::bootstrapped(&[URL]);
        world.cluster = World::new(&[URL]).cluster;
        world.files.insert("clusters/a/kustomization.yaml".into(), text.as_bytes().to_vec());
        assert_snapshot!(world.decided());
    }
}

#[test]
fn a_flux_kustomization_saved_under_the_name_of_kustomize_s_file() {
    let mut world = World::bootstrapped(&[URL]);
    let text = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps}\n";
    world.cluster = World::new(&[URL]).cluster;
    world.files.insert("clusters/a/kustomization.yaml".into(), text.as_bytes().to_vec());
    assert_snapshot!(world.decided());
}

/// An overlay that patches one of Flux's own objects.
fn patched(kind: &str, patch: &str) -> World {
    let overlay = format!(
        "resources: [gotk-components.yaml, gotk-sync.yaml]\npatches:\n- target: {{kind: {kind}, name: flux-system}}\n  patch: |\n    {patch}\n"
    );
    with_kustomization(&overlay)
}

#[test]
fn an_overlay_that_names_another_branch() {
    let patch = "[{op: replace, path: /spec/ref, value: {branch: prod}}]";
    assert_snapshot!(patched("GitRepository", &json_patch(patch)).decided());
}

#[test]
fn an_overlay_that_names_a_tag() {
    let patch = "[{op: replace, path: /spec/ref, value: {tag: v1}}]";
    assert_snapshot!(patched("GitRepository", &json_patch(patch)).decided());
}

#[test]
fn an_overlay_that_names_another_repository() {
    let patch = "[{op: replace, path: /spec/url, value: 'https://git.example.com/other'}]";
    assert_snapshot!(patched("GitRepository", &json_patch(patch)).decided());
}

#[test]
fn an_overlay_that_names_another_repository_on_purpose() {
    let patch = "[{op: replace, path: /spec/url, value: 'https://git.example.com/other'}]";
    let mut world = patched("GitRepository", &json_patch(patch));
    world.config.safety.allow_source_override = true;
    world.config.safety.allow_source_change = true;
    assert_snapshot!(world.decided());
}

#[test]
fn an_overlay_that_names_the_repository_by_another_host() {
    let patch = "[{op: replace, path: /spec/url, value: 'https://mirror.example.com/acme/platform/_git/fleet'}]";
    let mut world = patched("GitRepository", &json_patch(patch));
    world.config.safety.allow_source_change = true;
    assert_snapshot!(world.decided());
}

#[test]
fn an_overlay_that_names_another_path_and_source() {
    let patch =
        "[{op: replace, path: /spec/path, value: ./apps}, {op: replace, path: /spec/sourceRef/name, value: apps}]";
    assert_snapshot!(patched("Kustomization", &json_patch(patch)).decided());
}

#[test]
fn the_entry_that_changes_flux_s_own_objects_is_named() {
    let merge = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {ref: {branch: prod}}\n";
    let gone = "$patch: delete\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\n";
    let label = "- {target: {kind: GitRepository}, patch: '[{\"op\": \"add\", \"path\": \"/metadata/labels\", \"value\": {}}]'}\n";
    let json = "- {op: replace, path: /spec/ref, value: {branch: prod}}\n";
    let by = |field: &str, line: u32| {
        format!("by field `{field}` in `clusters/a/flux-system/kustomization.yaml` line {line}")
    };
    for (fields, file, named) in [
        (format!("patches:\n{label}- path: edit.yaml\n"), merge, by("patches[1]", 4) + " (`edit.yaml`)"),
        (format!("patches:\n- path: edit.yaml\n{label}"), merge, by("patches[0]", 3) + " (`edit.yaml`)"),
        ("patchesStrategicMerge:\n- edit.yaml\n".to_owned(), merge, by("patchesStrategicMerge[0]", 3)),
        (
            "patchesJson6902:\n- path: edit.yaml\n  target: {group: source.toolkit.fluxcd.io, version: v1, kind: GitRepository, name: flux-system}\n".to_owned(),
            json,
            by("patchesJson6902[0]", 3) + " (`edit.yaml`)",
        ),
        (format!("patches:\n{label}- path: edit.yaml\n"), gone, by("patches[1]", 4) + " (`edit.yaml`)"),
        (
            "replacements:\n- source: {kind: Kustomization, fieldPath: spec.path}\n  targets: [{select: {kind: GitRepository}, fieldPaths: [spec.ref.branch]}]\n".to_owned(),
            "",
            by("replacements[0]", 3),
        ),
    ] {
        let mut world = with_kustomization(&format!("resources: [gotk-components.yaml, gotk-sync.yaml]\n{fields}"));
        world.write("edit.yaml", file);
        let decided = world.decided();
        assert!(decided.contains(&named), "{fields}: {named}\n{decided}");
    }
}

/// Flow style as the JSON that a patch beginning with `[` must be.
fn json_patch(text: &str) -> String {
    let value: serde_json::Value = crate::yaml::parse_one(text).unwrap();
    value.to_string()
}

/// A first bootstrap below a kustomization of the user's.
fn below(kustomization: &str) -> World {
    let mut world = World::new(&[URL]);
    world.files.insert("clusters/a/kustomization.yaml".into(), kustomization.as_bytes().to_vec());
    world.write("kustomization.yaml", "resources: [gotk-components.yaml, gotk-sync.yaml]\n");
    world
}

#[test]
fn a_kustomization_above_that_gives_flux_another_namespace() {
    assert_snapshot!(below("resources: [flux-system]\nnamespace: apps\n").decided());
}

#[test]
fn a_kustomization_above_that_gives_flux_another_name() {
    assert_snapshot!(below("# ours\nnamePrefix: team-\nresources: [flux-system]\n").decided());
    assert_snapshot!(below("resources: [flux-system]\nnameSuffix: -a\n").decided());
}

#[test]
fn labels_from_a_kustomization_above_are_applied() {
    let world = below("resources: [flux-system]\nlabels: [{pairs: {team: a}}]\n");
    let plan = world.decide().unwrap();
    let labels: Vec<_> = plan
        .steps
        .iter()
        .filter_map(|step| match step {
            crate::plan::Step::ApplyObjects(step) => Some(&step.stages),
            _ => None,
        })
        .flatten()
        .flat_map(|stage| stage.objects.iter().map(|object| object["metadata"]["labels"]["team"].clone()))
        .collect();
    assert!(labels.len() > 30 && labels.iter().all(|label| label == "a"), "{labels:?}");
}

#[test]
fn deployments_that_a_kustomization_above_deletes() {
    let patch = "patches:\n- target: {kind: Deployment, name: helm-controller}\n  patch: |\n    $patch: delete\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: x}\n";
    assert_snapshot!(below(&format!("resources: [flux-system]\n{patch}")).decided());
}

#[test]
fn a_kustomization_file_that_says_nothing_is_filled() {
    for blank in ["", "# what belongs here\n", "---\n# what belongs here\n"] {
        let mut world = World::bootstrapped(&[URL]);
        world.write("kustomization.yaml", blank);
        let plan = world.decide().unwrap();
        let Some(Step::CommitAndPush(commit)) = plan.steps.iter().find(|it| matches!(it, Step::CommitAndPush(_)))
        else {
            panic!("{:?}", plan.steps)
        };
        let [file] = commit.files.as_slice() else { panic!("{:?}", commit.files) };
        let after = String::from_utf8(file.after.clone().unwrap()).unwrap();
        assert!(after.starts_with(blank) && after.contains("\n- gotk-sync.yaml\n"), "{after}");
        assert!(
            plan.warnings[0].contains("`clusters/a/flux-system/kustomization.yaml` is empty"),
            "{:?}",
            plan.warnings
        );
    }
    let mut world = World::bootstrapped(&[URL]);
    world.write("kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n");
    assert_snapshot!(world.decided());
}

#[test]
fn a_sync_file_of_an_older_flux_is_raised_and_that_is_said() {
    let mut world = World::bootstrapped(&[URL]);
    let old = world.wanted().sync.render().text;
    let old = old.replace("toolkit.fluxcd.io/v1\n", "toolkit.fluxcd.io/v1beta2\n");
    let old = old.replace("  interval: 1m0s\n", "  interval: 1m0s\n  gitImplementation: libgit2\n");
    let alert = "apiVersion: notification.toolkit.fluxcd.io/v1beta1\nkind: Alert\nmetadata:\n  name: a\n  namespace: flux-system\n";
    world.write("gotk-sync.yaml", &format!("{old}---\n{alert}"));
    assert_snapshot!(world.decided());
}
