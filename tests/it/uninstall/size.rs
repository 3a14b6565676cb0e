//! An uninstall of the size of a company: 300 Kustomizations, 3,000 objects of 40 kinds.

use std::time::Duration;

use serde_json::{Value, json};

use super::json_lines;
use crate::support::{ControlPlane, PodFate, TestEnv};

const KUSTOMIZATIONS: usize = 300;
const OBJECTS: usize = 3_000;
const KINDS: usize = 40;
/// Kinds of teams, beside those of Kubernetes.
const CUSTOM: usize = 34;

/// Kinds of Kubernetes whose objects need little: group, version, kind, plural, further fields.
const BUILT_IN: [(&str, &str, &str, &str, &str); KINDS - CUSTOM] = [
    ("", "v1", "ConfigMap", "configmaps", "{}"),
    ("", "v1", "ServiceAccount", "serviceaccounts", "{}"),
    ("", "v1", "LimitRange", "limitranges", r#"{"spec": {"limits": []}}"#),
    ("rbac.authorization.k8s.io", "v1", "Role", "roles", r#"{"rules": []}"#),
    ("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", r#"{"spec": {"podSelector": {}}}"#),
    ("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", r#"{"spec": {"maxUnavailable": 1}}"#),
];

struct Kind {
    group: String,
    version: &'static str,
    kind: String,
    plural: String,
    fields: Value,
}

fn kinds() -> Vec<Kind> {
    let built_in = BUILT_IN.iter().map(|(group, version, kind, plural, fields)| Kind {
        group: (*group).to_owned(),
        version,
        kind: (*kind).to_owned(),
        plural: (*plural).to_owned(),
        fields: serde_json::from_str(fields).unwrap(),
    });
    let custom = (0..CUSTOM).map(|number| Kind {
        group: "scale.example.com".to_owned(),
        version: "v1",
        kind: format!("Thing{number}"),
        plural: format!("thing{number}s"),
        fields: json!({"spec": {"text": "x".repeat(500)}}),
    });
    built_in.chain(custom).collect()
}

fn definition(Kind { group, kind, plural, .. }: &Kind) -> String {
    format!(
        "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: {plural}.{group}}}, spec: {{group: \
         {group}, scope: Namespaced, names: {{plural: {plural}, kind: {kind}, listKind: {kind}List, singular: {}}}, versions: \
         [{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object, \
         x-kubernetes-preserve-unknown-fields: true}}}}}}]}}}}",
        kind.to_lowercase()
    )
}

pub(crate) fn create(plane: &ControlPlane, path: &str, object: &Value) {
    crate::support::wait_for(path, Duration::from_secs(60), || {
        let (status, answer) = plane.call("POST", path, "application/json", Some(object));
        assert!(!matches!(status, 400 | 422), "{path}: {answer}");
        matches!(status, 201 | 409).then_some(())
    });
}

/// Runs the work of so many numbers on a few threads.
pub(crate) fn in_parallel(count: usize, work: impl Fn(usize) + Sync) {
    const THREADS: usize = 8;
    std::thread::scope(|scope| {
        for first in 0..THREADS {
            let work = &work;
            scope.spawn(move || (first..count).step_by(THREADS).for_each(work));
        }
    });
}

/// What Flux would have made, without anybody who runs.
fn fill(plane: &ControlPlane) {
    plane.set_pods("", PodFate::Pretends);
    plane.install_flux();
    plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: apps}}");
    let kinds = kinds();
    for kind in kinds.iter().filter(|kind| kind.group == "scale.example.com") {
        plane.apply(&definition(kind));
    }
    in_parallel(OBJECTS, |number| {
        let kind = &kinds[number % KINDS];
        let root = if kind.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", kind.group) };
        let mut object = kind.fields.clone();
        let api_version =
            if kind.group.is_empty() { kind.version.to_owned() } else { format!("{}/{}", kind.group, kind.version) };
        (object["apiVersion"], object["kind"]) = (api_version.into(), kind.kind.as_str().into());
        object["metadata"] = json!({"name": format!("object-{number}"), "labels": {
            "kustomize.toolkit.fluxcd.io/name": format!("team-{}", number % KUSTOMIZATIONS),
            "kustomize.toolkit.fluxcd.io/namespace": "apps",
        }});
        create(plane, &format!("{root}/{}/namespaces/apps/{}", kind.version, kind.plural), &object);
    });
    in_parallel(KUSTOMIZATIONS, |number| {
        let path = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/apps/kustomizations";
        let name = format!("team-{number}");
        let spec =
            json!({"interval": "1h", "prune": true, "path": "./", "sourceRef": {"kind": "GitRepository", "name": "x"}});
        let metadata = json!({"name": name, "finalizers": ["finalizers.fluxcd.io"]});
        create(
            plane,
            path,
            &json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata, "spec": spec}),
        );
        let entry = |object: usize| {
            let kind = &kinds[object % KINDS];
            json!({"id": format!("apps_object-{object}_{}_{}", kind.group, kind.kind), "v": kind.version})
        };
        let entries: Vec<Value> = (number..OBJECTS).step_by(KUSTOMIZATIONS).map(entry).collect();
        let status = json!({"status": {"inventory": {"entries": entries}}});
        let (code, answer) =
            plane.call("PATCH", &format!("{path}/{name}/status"), "application/merge-patch+json", Some(&status));
        assert_eq!(code, 200, "{answer}");
    });
}

#[test]
fn three_hundred_kustomizations_are_removed_and_three_thousand_objects_counted() {
    let plane = ControlPlane::lease();
    fill(&plane);
    let env = TestEnv::new().with_cluster(&plane);
    for (flags, what) in [(&["-s", "--dry-run", "-o=json"][..], "dry run"), (&["-s", "-o=json"], "run")] {
        let run = env.flux(["uninstall"].iter().chain(flags)).without_log().run();
        run.assert_success();
        let last = json_lines(&run.stdout).pop().unwrap();
        eprintln!("{what}: {:.1?}, CPU {:.1?}, {} KiB", run.elapsed, run.usage.cpu, run.usage.peak_kib);
        assert!(run.usage.peak_kib < 64 << 10, "{what}: {} KiB", run.usage.peak_kib);
        // Of the unoptimised program.
        assert!(run.usage.cpu < Duration::from_secs(10), "{what}: {:?}", run.usage.cpu);
        if what == "run" {
            assert_eq!(last["survivors"], json!({"expected": OBJECTS, "found": OBJECTS, "lost": []}));
        }
    }
}
