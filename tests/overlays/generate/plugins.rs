//! Kustomize's own transformers and generators, configured by objects of their own.

use flux_bootstrap::for_tests::yaml;
use serde_json::{Value, json};

use super::{Folder, generators, patches};

pub(super) fn add(folder: &mut Folder<'_>, rate: usize) {
    if folder.chance(rate) {
        for _ in 0..=folder.random.below(2) {
            let plugin = transformer(folder);
            name(folder, "transformers", plugin);
        }
    }
    if folder.chance(rate / 3) {
        let (plugin, kind) = match folder.chance(50) {
            true => ("ConfigMapGenerator", "ConfigMap"),
            false => ("SecretGenerator", "Secret"),
        };
        let entry = generators::entry(folder, kind);
        name(folder, "generators", (plugin, entry));
    }
    if folder.chance(rate / 4) {
        let same = json!({"fieldSpecs": [{"path": "spec/nowhere", "kind": "Widget"}], "labels": {"a": "b"}});
        name(folder, "validators", ("LabelTransformer", same));
    }
}

/// Writes the configuration into the list itself or into a file.
fn name(folder: &mut Folder<'_>, field: &str, (kind, fields): (&str, Value)) {
    folder.count += 1;
    let mut object =
        json!({"apiVersion": "builtin", "kind": kind, "metadata": {"name": format!("plugin-{}", folder.count)}});
    for (key, value) in fields.as_object().expect("fields are a mapping") {
        match key.as_str() {
            "namespace" if kind == "NamespaceTransformer" => object["metadata"]["namespace"] = value.clone(),
            key => object[key] = value.clone(),
        }
    }
    let text = yaml::write(&object);
    let entry = if folder.chance(40) { text } else { folder.file("plugin-#.yaml", text) };
    folder.push(field, entry.into());
}

fn transformer(folder: &mut Folder<'_>) -> (&'static str, Value) {
    let labels = json!([{"path": "metadata/labels", "create": true}, {"path": "spec/template/metadata/labels", "kind": "Deployment"}]);
    let names = json!([{"path": "metadata/name"}]);
    match folder.random.below(14) {
        0 => ("LabelTransformer", json!({"labels": {"plug": "in", "tier": "x"}, "fieldSpecs": labels})),
        1 => (
            "AnnotationsTransformer",
            json!({"annotations": {"plug": "in"}, "fieldSpecs": [{"path": "metadata/annotations", "create": true}]}),
        ),
        2 => ("PrefixTransformer", json!({"prefix": "plug-", "fieldSpecs": names})),
        3 => ("SuffixTransformer", json!({"suffix": "-plug", "fieldSpecs": names})),
        4 => ("PrefixSuffixTransformer", json!({"prefix": "p-", "suffix": "-s", "fieldSpecs": names})),
        5 => {
            let mode = *folder.random.pick(&["defaultOnly", "allServiceAccounts", "none"]);
            (
                "NamespaceTransformer",
                json!({"namespace": "plug", "unsetOnly": folder.chance(50), "setRoleBindingSubjects": mode}),
            )
        }
        6 => (
            "ImageTagTransformer",
            json!({"imageTag": {"name": "nginx", "newTag": "plug"}, "fieldSpecs": [{"path": "spec/image", "kind": "Widget"}]}),
        ),
        7 => {
            let name = folder.made.iter().find(|made| made.kind == "Deployment").map(|made| made.name.clone());
            match name {
                Some(name) => (
                    "ReplicaCountTransformer",
                    json!({"replica": {"name": name, "count": 7}, "fieldSpecs": [{"path": "spec/replicas", "kind": "Deployment", "create": true}]}),
                ),
                None => ("HashTransformer", json!({})),
            }
        }
        8 | 9 => ("PatchTransformer", patches::patch(folder)),
        10 => ("ReplacementTransformer", json!({"replacements": [patches::replacement(folder)]})),
        11 => (
            "ValueAddTransformer",
            json!({"value": "plug", "targets": [
                {"selector": {"kind": "Widget"}, "fieldPath": "spec/added/here"},
                {"selector": {"kind": "Kustomization"}, "fieldPath": "spec/path", "filePathPosition": folder.random.below(4)},
            ]}),
        ),
        12 => ("ValueAddTransformer", json!({"targets": [{"fieldPath": "metadata/annotations/example.com\\/from"}]})),
        _ => ("HashTransformer", json!({})),
    }
}
