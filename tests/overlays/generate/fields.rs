//! Names, namespaces, labels, annotations, images, replicas, order and metadata.

use serde_json::{Value, json};

use super::Folder;
use super::objects::NAMES;

pub(super) fn add(folder: &mut Folder<'_>, rate: usize) {
    if folder.chance(rate) {
        let prefix = *folder.random.pick(&["pre-", "a-", "9-"]);
        folder.fields.insert("namePrefix".to_owned(), prefix.into());
    }
    if folder.chance(rate) {
        let suffix = *folder.random.pick(&["-v1", "-x"]);
        folder.fields.insert("nameSuffix".to_owned(), suffix.into());
    }
    if folder.chance(rate) {
        let namespace = *folder.random.pick(&["team", "prod", "default"]);
        folder.fields.insert("namespace".to_owned(), namespace.into());
    }
    if folder.chance(rate) {
        let labels = json!({"owner": "us", "tier": folder.random.pick(&["front", "true", "7"])});
        folder.fields.insert("commonLabels".to_owned(), labels);
    }
    if folder.chance(rate) {
        folder.fields.insert("commonAnnotations".to_owned(), json!({"page": "https://example.com/$(NAME)", "n": "1"}));
    }
    if folder.chance(rate) {
        for _ in 0..=folder.random.below(2) {
            let entry = label(folder);
            folder.push("labels", entry);
        }
    }
    if folder.chance(rate) {
        for _ in 0..=folder.random.below(2) {
            let entry = image(folder);
            let field = if folder.chance(8) { "imageTags" } else { "images" };
            folder.push(field, entry);
        }
    }
    if folder.chance(rate) {
        let workloads = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"];
        let named = folder.made.iter().find(|made| workloads.contains(&made.kind)).map(|made| made.name.clone());
        if let Some(name) = named {
            let count = folder.random.below(5);
            folder.push("replicas", json!({"name": name, "count": count}));
        }
    }
    if folder.chance(rate / 2) {
        let order = match folder.random.below(3) {
            0 => json!({"order": "fifo"}),
            1 => json!({"order": "legacy"}),
            _ => {
                json!({"order": "legacy", "legacySortOptions": {"orderFirst": ["Namespace", "Widget", "Secret"], "orderLast": ["Service", "ConfigMap"]}})
            }
        };
        folder.fields.insert("sortOptions".to_owned(), order);
    }
    if folder.chance(rate / 2) {
        let options = ["originAnnotations", "transformerAnnotations", "managedByLabel"];
        let chosen: Vec<&str> = options.into_iter().filter(|_| folder.random.below(2) == 0).collect();
        folder.fields.insert("buildMetadata".to_owned(), json!(chosen));
    }
}

fn label(folder: &mut Folder<'_>) -> Value {
    let mut label = json!({"pairs": {"part-of": *folder.random.pick(&NAMES), "on": "yes"}});
    match folder.random.below(4) {
        0 => label["includeSelectors"] = true.into(),
        1 => label["includeTemplates"] = true.into(),
        2 => {
            label["fields"] = json!([
                {"path": "spec/template/metadata/labels", "kind": "Widget", "create": folder.random.below(2) == 0},
                {"path": "spec/more", "group": "example.com", "version": "v1", "create": true},
            ]);
        }
        _ => {}
    }
    label
}

fn image(folder: &mut Folder<'_>) -> Value {
    let name = *folder.random.pick(&["nginx", "ghcr.io/acme/web", "localhost:5000/db", "redis", "busybox", "none"]);
    match folder.random.below(6) {
        0 => json!({"name": name, "newTag": "v2"}),
        1 => json!({"name": name, "newName": "mirror:5000/x"}),
        2 => json!({"name": name, "digest": "sha256:fff"}),
        3 => json!({"name": name, "newName": "y", "newTag": "1.0"}),
        4 => json!({"name": name, "tagSuffix": "-alpine"}),
        _ => json!({"name": name, "newTag": "v3", "digest": "sha256:eee"}),
    }
}
