//! Patches of every form, and replacements.

use flux_bootstrap::for_tests::yaml;
use serde_json::{Value, json};

use super::Folder;
use super::objects::Made;

pub(super) fn add(folder: &mut Folder<'_>, rate: usize) {
    if folder.chance(rate * 2) {
        for _ in 0..=folder.random.below(2) {
            let entry = patch(folder);
            folder.push("patches", entry);
        }
    }
    if folder.chance(rate / 2) && !folder.made.is_empty() {
        let made = any(folder);
        let text = yaml::write(&strategic(folder, &made));
        let entry = if folder.chance(50) { text } else { folder.file("merge-#.yaml", text) };
        folder.push("patchesStrategicMerge", entry.into());
    }
    if folder.chance(rate / 2) && !folder.made.is_empty() {
        let made = any(folder);
        let target = json!({"group": made.group(), "version": made.version(), "kind": made.kind, "name": made.name});
        let text = yaml::write(&operations(folder, &made));
        let mut entry = json!({"target": target});
        if folder.chance(50) {
            entry["patch"] = text.into();
        } else {
            entry["path"] = folder.file("json-#.yaml", text).into();
        }
        folder.push("patchesJson6902", entry);
    }
    if folder.chance(rate) {
        let replacement = replacement(folder);
        if folder.chance(25) {
            let content = if folder.chance(50) { json!([replacement]) } else { replacement };
            let file = folder.file("replace-#.yaml", yaml::write(&content));
            folder.push("replacements", json!({"path": file}));
        } else {
            folder.push("replacements", replacement);
        }
    }
}

fn any(folder: &mut Folder<'_>) -> Made {
    let Folder { random, made, .. } = folder;
    random.pick(made).clone()
}

/// An entry of `patches`.
pub(super) fn patch(folder: &mut Folder<'_>) -> Value {
    if folder.made.is_empty() {
        return json!({"target": {"kind": "Nothing"}, "patch": "- {op: add, path: /metadata/labels, value: {a: b}}"});
    }
    let made = any(folder);
    let is_json = folder.chance(45);
    let text = if is_json { operations(folder, &made) } else { strategic(folder, &made) };
    let text = if is_json && folder.chance(20) { text.to_string() } else { yaml::write(&text) };
    let mut entry =
        if folder.chance(35) { json!({"path": folder.file("patch-#.yaml", text)}) } else { json!({"patch": text}) };
    if is_json || folder.chance(40) {
        entry["target"] = target(folder, &made);
    }
    if !is_json && folder.chance(15) {
        entry["options"] = json!({"allowNameChange": folder.chance(50), "allowKindChange": folder.chance(30)});
    }
    entry
}

/// A target that selects an object, and often others.
fn target(folder: &mut Folder<'_>, made: &Made) -> Value {
    let mut target = json!({"kind": made.kind});
    match folder.random.below(8) {
        0 => target["name"] = made.name.clone().into(),
        1 => target["name"] = format!("{}.*", &made.name[..1]).into(),
        2 => {
            target["group"] = made.group().into();
            target["version"] = made.version().into();
        }
        3 => target["kind"] = format!("{}|Nothing", made.kind).into(),
        4 => {
            target["labelSelector"] =
                (*folder.random.pick(&["app=web", "tier in (front, back)", "!tier", "app"])).into()
        }
        5 => target["annotationSelector"] = (*folder.random.pick(&["number=5", "note", "!note"])).into(),
        6 if !made.namespace.is_empty() => target["namespace"] = made.namespace.clone().into(),
        _ => {}
    }
    target
}

fn strategic(folder: &mut Folder<'_>, made: &Made) -> Value {
    let mut patch = made.head();
    let directive = *folder.random.pick(&["merge", "delete", "replace"]);
    match folder.random.below(7) {
        0 => patch["metadata"]["labels"] = json!({"patched": "yes"}),
        1 => patch["metadata"]["annotations"] = json!({"patched": "yes", "a/b": "c"}),
        2 if folder.chance(25) => patch["$patch"] = "delete".into(),
        _ => {
            let (field, value) = change(folder, made.kind, directive);
            patch[field] = value;
        }
    }
    patch
}

fn change(folder: &mut Folder<'_>, kind: &str, directive: &str) -> (&'static str, Value) {
    let container = match folder.random.below(5) {
        0 => json!({"name": "main", "image": "patched:1"}),
        1 => json!({"name": "extra", "image": "extra", "ports": [{"containerPort": 1}]}),
        2 => json!({"name": "main", "env": [{"name": "MODE", "value": "other"}, {"name": "NEW", "value": "x"}]}),
        3 => json!({"name": "side", "$patch": directive}),
        _ => {
            json!({"name": "main", "args": ["--one"], "ports": [{"containerPort": 8080, "name": "web"}], "resources": {"limits": {"cpu": 1}}})
        }
    };
    let pod = match folder.random.below(4) {
        0 => {
            json!({"containers": [container], "volumes": [{"name": "data", "emptyDir": {}, "persistentVolumeClaim": null}]})
        }
        1 => json!({"containers": [container], "nodeSelector": null, "tolerations": [{"key": "b"}]}),
        2 => json!({"containers": [container], "serviceAccountName": "web", "imagePullSecrets": [{"name": "other"}]}),
        _ => json!({"containers": [container]}),
    };
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            ("spec", json!({"template": {"spec": pod}}))
        }
        "CronJob" => ("spec", json!({"jobTemplate": {"spec": {"template": {"spec": pod}}}, "schedule": "@daily"})),
        "Pod" => ("spec", pod),
        "ConfigMap" => ("data", json!({"colour": "green", "level": null, "new": "1"})),
        "Secret" => ("stringData", json!({"word": null, "more": "x"})),
        "Service" => ("spec", json!({"ports": [{"port": 80, "targetPort": 1}, {"port": 443}], "type": "NodePort"})),
        "Widget" => (
            "spec",
            json!({"parts": [{"id": "b", "size": 9}], "count": null, "secret": {"name": "app", "$patch": directive}}),
        ),
        "Role" | "ClusterRole" => ("rules", json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}])),
        _ => ("more", json!({"finalizers": ["example.com/a"]})),
    }
}

/// Operations of a JSON patch.
fn operations(folder: &mut Folder<'_>, made: &Made) -> Value {
    let mut operations = Vec::new();
    for _ in 0..=folder.random.below(2) {
        let operation = match (made.kind, folder.random.below(6)) {
            (_, 0) => json!({"op": "add", "path": "/metadata/annotations", "value": {"by": "json"}}),
            (_, 1) => json!({"op": "add", "path": "/metadata/labels", "value": {"by": "json", "app": "web"}}),
            ("Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet", 2) => {
                json!({"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "json", "image": "json:1"}})
            }
            ("Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet", 3) => {
                json!({"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "json:2"})
            }
            ("ConfigMap", 2) => json!({"op": "move", "from": "/data/colour", "path": "/data/color"}),
            ("ConfigMap", 3) => json!({"op": "copy", "from": "/data/level", "path": "/data/a~1b"}),
            ("Widget", 2) => json!({"op": "test", "path": "/spec/count", "value": 3}),
            ("Widget", 3) => json!({"op": "remove", "path": "/spec/parts/0"}),
            ("Service", 2 | 3) => json!({"op": "replace", "path": "/spec/ports/0/port", "value": 81}),
            _ => json!({"op": "add", "path": "/metadata/labels", "value": {"other": "1"}}),
        };
        operations.push(operation);
    }
    operations.into()
}

/// A replacement from one object into others.
pub(super) fn replacement(folder: &mut Folder<'_>) -> Value {
    let source =
        folder.made.iter().find(|made| matches!(made.kind, "ConfigMap" | "Secret" | "Service" | "Widget")).cloned();
    let Some(source) = source.filter(|_| folder.random.below(6) > 0) else {
        return json!({"sourceValue": "given", "targets": [{"select": {"kind": "ConfigMap"}, "fieldPaths": ["data.given"], "options": {"create": true}}]});
    };
    let field = match source.kind {
        "Widget" => *folder.random.pick(&["spec.parts.[id=a].size", "spec.image", "spec.secret"]),
        "Service" => *folder.random.pick(&["spec.ports.0.port", "metadata.name"]),
        _ => "metadata.name",
    };
    let mut replacement = json!({"source": {"kind": source.kind, "name": source.name}});
    if field != "metadata.name" || folder.chance(50) {
        replacement["source"]["fieldPath"] = field.into();
    }
    let target = match folder.random.below(5) {
        0 => {
            json!({"select": {"kind": "Deployment"}, "fieldPaths": ["spec.template.spec.containers.*.image"], "options": {"delimiter": ":", "index": 0}})
        }
        1 => {
            json!({"select": {"kind": "ConfigMap"}, "reject": [{"name": "app"}], "fieldPaths": ["data.colour", "metadata.annotations.[a.b/c]"], "options": {"create": true}})
        }
        2 => json!({"select": {"kind": "Widget"}, "fieldPaths": ["spec.parts.[id=a].size"]}),
        3 => {
            json!({"select": {"kind": "Ingress"}, "fieldPaths": ["spec.rules.0.host"], "options": {"delimiter": ".", "index": -1}})
        }
        _ => {
            json!({"select": {"version": "v1", "labelSelector": "app"}, "fieldPaths": ["metadata.labels.from"], "options": {"create": true}})
        }
    };
    replacement["targets"] = json!([target]);
    replacement
}
