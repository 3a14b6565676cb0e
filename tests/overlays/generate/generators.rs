//! `configMapGenerator`, `secretGenerator` and `generatorOptions`.

use serde_json::{Value, json};

use super::Folder;
use super::objects::{Made, NAMES};

pub(super) fn add(folder: &mut Folder<'_>, rate: usize) {
    if folder.chance(rate / 2) {
        let options = options(folder);
        folder.fields.insert("generatorOptions".to_owned(), options);
    }
    for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        if folder.chance(rate) {
            let entry = entry(folder, kind);
            folder.push(field, entry);
        }
    }
}

/// A generator of one kind; what it makes counts as made.
pub(super) fn entry(folder: &mut Folder<'_>, kind: &'static str) -> Value {
    let there = folder.made.iter().find(|made| made.kind == kind).cloned();
    let name = match &there {
        Some(made) if folder.random.below(2) == 0 => made.name.clone(),
        _ => (*folder.random.pick(&NAMES)).to_owned(),
    };
    let same = folder.made.iter().find(|made| made.kind == kind && made.name == name).cloned();
    let mut entry = json!({"name": name});
    match same {
        Some(made) => {
            entry["behavior"] = (*folder.random.pick(&["merge", "replace"])).into();
            if !made.namespace.is_empty() {
                entry["namespace"] = made.namespace.into();
            }
        }
        None => folder.made.push(Made { api_version: "v1", kind, name, namespace: String::new() }),
    }
    if folder.chance(60) {
        entry["literals"] = json!(["colour=red", "quoted=\"a b\"", "empty=", "sum=1+1=2"]);
    }
    if folder.chance(35) {
        let file = folder.file("text-#.txt", "first\n  second\tthird\n".to_owned());
        let unicode = folder.file("own-#.ini", "[ä]\nx = $(NAME)\n".to_owned());
        entry["files"] = json!([file, format!("named.ini={unicode}")]);
    }
    if folder.chance(25) {
        let env = folder.file("vars-#.env", "# note\nONE=1\n\nTWO=two words\nTHREE=\"3\"\n".to_owned());
        if folder.chance(20) {
            entry["env"] = env.into();
        } else {
            entry["envs"] = json!([env]);
        }
    }
    if folder.chance(30) {
        entry["options"] = options(folder);
    }
    if kind == "Secret" && folder.chance(30) {
        entry["type"] = "example.com/own".into();
    }
    entry
}

fn options(folder: &mut Folder<'_>) -> Value {
    let mut options = json!({});
    if folder.chance(50) {
        options["labels"] = json!({"made": "yes", "by": "generator"});
    }
    if folder.chance(50) {
        options["annotations"] = json!({"made": "true"});
    }
    if folder.chance(40) {
        options["disableNameSuffixHash"] = true.into();
    }
    if folder.chance(25) {
        options["immutable"] = true.into();
    }
    options
}
