//! The texts of the CustomResourceDefinitions.

use std::collections::BTreeMap;

use crate::flux_release::{manifests_folder, read_folder, walk_schemas};

#[test]
fn every_field_is_described() {
    let mut missing = Vec::new();
    let (mut kinds, mut fields, mut bytes) = (0, 0, 0);
    for object in read_folder(&manifests_folder()) {
        if object.value["kind"] != "CustomResourceDefinition" {
            continue;
        }
        kinds += 1;
        walk_schemas(&object.value, &mut |path, node| {
            let description = node["description"].as_str().unwrap_or_default();
            let is_field = !path.ends_with("[]") && !path.ends_with("{}");
            fields += usize::from(is_field);
            bytes += description.len();
            // What a list or map is made of needs words of its own only when it has fields.
            // The API server lets no definition describe `metadata`; it does so itself.
            let is_metadata = path.ends_with(" metadata");
            if description.is_empty() != is_metadata && (is_field || node["type"] == "object") {
                missing.push(format!("{}: {path}", object.file));
            }
        });
    }
    assert!(missing.is_empty(), "no description, or one that the API server refuses:\n{}", missing.join("\n"));
    assert_eq!(kinds, 15);
    assert!(fields > 850, "only {fields} fields were looked at");
    assert!(bytes < 120_000, "{bytes} bytes of descriptions are more than an API server should keep for us");
}

#[test]
fn descriptions_are_short_sentences_that_state_the_default() {
    let mut faults = Vec::new();
    for object in read_folder(&manifests_folder()) {
        walk_schemas(&object.value, &mut |path, node| {
            let Some(description) = node["description"].as_str() else { return };
            if description.len() > 400 || description.contains('\n') || !description.ends_with(['.', ')']) {
                faults.push(format!("{}: {path}: {description}", object.file));
            }
            let default = match &node["default"] {
                serde_json::Value::String(text) => text.clone(),
                _ => return,
            };
            if !description.contains(&default) {
                faults.push(format!("{}: {path}: does not say that the default is `{default}`", object.file));
            }
        });
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Fields that recur, such as the conditions, read the same everywhere.
#[test]
fn recurring_shapes_share_their_words() {
    let mut texts: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for object in read_folder(&manifests_folder()) {
        walk_schemas(&object.value, &mut |path, node| {
            if let Some((_, field)) = path.split_once("status.conditions") {
                let text = node["description"].as_str().unwrap_or_default().to_owned();
                texts.entry(field.to_owned()).or_default().insert(text, object.file.clone());
            }
        });
    }
    assert_eq!(texts.len(), 8, "{texts:?}");
    for (field, texts) in texts {
        assert_eq!(texts.len(), 1, "conditions{field}: {texts:?}");
    }
}
