//! Flux's manifests as plain files: ours under `manifests/`, and those of a release; and how the two are compared.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

use flux_bootstrap::for_tests::yaml;
use serde_json::Value;

/// An object and where it was read from.
pub(crate) struct Object {
    /// The file, relative to the folder or archive.
    pub(crate) file: String,
    /// The content as written.
    pub(crate) value: Value,
}

impl Object {
    /// `Kind/name`, which is unique within a release.
    pub(crate) fn title(&self) -> String {
        title(&self.value)
    }
}

/// `Kind/name` of an object.
pub(crate) fn title(value: &Value) -> String {
    format!("{}/{}", text(&value["kind"]), text(&value["metadata"]["name"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The folder with this project's manifests.
pub(crate) fn manifests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests")
}

/// Every object below a folder, by the path of its file.
pub(crate) fn read_folder(folder: &Path) -> Vec<Object> {
    let mut objects = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs_err::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let file = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                read_text(&file, &fs_err::read_to_string(&path).unwrap(), &mut objects);
            }
        }
    }
    objects.sort_by(|a, b| a.file.cmp(&b.file));
    objects
}

/// Every object of a release's `manifests.tar.gz`; also takes a folder into which one was unpacked.
pub(crate) fn read_release(path: &Path) -> Vec<Object> {
    if path.is_dir() {
        return read_folder(path);
    }
    let file = fs_err::File::open(path).unwrap();
    let mut objects = Vec::new();
    for entry in tar::Archive::new(flate2::read::GzDecoder::new(file)).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().trim_start_matches("./").to_owned();
        if name.ends_with(".yaml") {
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            read_text(&name, &content, &mut objects);
        }
    }
    objects
}

fn read_text(file: &str, content: &str, objects: &mut Vec<Object>) {
    let documents = yaml::parse(content).unwrap_or_else(|error| panic!("{file}: {error}"));
    objects.extend(documents.into_iter().map(|document| Object { file: file.to_owned(), value: document.value }));
}

/// Where an object of a release's file belongs below `manifests/`.
pub(crate) fn place(release_file: &str, value: &Value) -> String {
    let component = release_file.trim_end_matches(".yaml");
    let name = text(&value["metadata"]["name"]);
    let own = |base: &str| match name == component {
        true => format!("{component}/{base}.yaml"),
        false => format!("{component}/{base}-{name}.yaml"),
    };
    match text(&value["kind"]) {
        "CustomResourceDefinition" => format!("{component}/crds/{}.yaml", text(&value["spec"]["names"]["plural"])),
        "NetworkPolicy" | "ResourceQuota" => format!("policies/{name}.yaml"),
        "ClusterRole" => format!("rbac/cluster-role-{name}.yaml"),
        "ClusterRoleBinding" => format!("rbac/cluster-role-binding-{name}.yaml"),
        "ServiceAccount" => own("service-account"),
        kind => own(&kind.to_lowercase()),
    }
}

/// Walks every schema node of a CustomResourceDefinition: its path, such as `v1 spec.ref.branch`, and the node.
/// `[]` is the schema of a list's items, `{}` that of a map's values.
pub(crate) fn walk_schemas<'a>(crd: &'a Value, visit: &mut impl FnMut(&str, &'a Value)) {
    for version in crd["spec"]["versions"].as_array().into_iter().flatten() {
        let root = format!("{} ", text(&version["name"]));
        walk_schema(&root, &version["schema"]["openAPIV3Schema"], visit);
    }
}

fn walk_schema<'a>(path: &str, node: &'a Value, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(path, node);
    for (name, child) in node["properties"].as_object().into_iter().flatten() {
        let dot = if path.ends_with(' ') { "" } else { "." };
        walk_schema(&format!("{path}{dot}{name}"), child, visit);
    }
    if node["items"].is_object() {
        walk_schema(&format!("{path}[]"), &node["items"], visit);
    }
    if node["additionalProperties"].is_object() {
        walk_schema(&format!("{path}{{}}"), &node["additionalProperties"], visit);
    }
}

/// Removes the description of every schema node; a property that is named `description` stays.
pub(crate) fn without_descriptions(crd: &Value) -> Value {
    let mut crd = crd.clone();
    for version in crd.pointer_mut("/spec/versions").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(root) = version.pointer_mut("/schema/openAPIV3Schema") {
            strip(root);
        }
    }
    crd
}

fn strip(node: &mut Value) {
    let Some(node) = node.as_object_mut() else { return };
    node.shift_remove("description");
    node.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten().for_each(|(_, child)| strip(child));
    for key in ["items", "additionalProperties", "not"] {
        node.get_mut(key).into_iter().for_each(strip);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        node.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().for_each(strip);
    }
}

/// Every difference between our objects and a release's, one line each with object and path; empty when they are
/// equal. Description texts do not count.
pub(crate) fn differences(ours: &[Object], release: &[Object]) -> Vec<String> {
    let by_title = |objects: &[Object]| -> BTreeMap<String, (String, Value)> {
        objects.iter().map(|o| (o.title(), (o.file.clone(), without_descriptions(&o.value)))).collect()
    };
    let (ours, release) = (by_title(ours), by_title(release));
    let mut found = Vec::new();
    for (title, (file, value)) in &release {
        let place = place(file, value);
        match ours.get(title) {
            None => found.push(format!("{title}: missing; add manifests/{place}")),
            Some((at, mine)) => {
                if *at != place {
                    found.push(format!("{title}: is in manifests/{at}; belongs in manifests/{place}"));
                }
                compare(&format!("{title} (manifests/{at})"), "", mine, value, &mut found);
            }
        }
    }
    for (title, (at, _)) in &ours {
        if !release.contains_key(title) {
            found.push(format!("{title}: not in the release; remove manifests/{at}"));
        }
    }
    found
}

fn compare(title: &str, path: &str, ours: &Value, release: &Value, found: &mut Vec<String>) {
    match (ours, release) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, theirs) in b {
                let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                match a.get(key) {
                    Some(mine) => compare(title, &path, mine, theirs, found),
                    None => found.push(format!("{title} {path}: missing; add {theirs}")),
                }
            }
            for (key, mine) in a.iter().filter(|(key, _)| !b.contains_key(*key)) {
                found.push(format!("{title} {path}/{key}: not in the release; remove {mine}"));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (mine, theirs)) in a.iter().zip(b).enumerate() {
                compare(title, &format!("{path}/{index}"), mine, theirs, found);
            }
        }
        _ if ours == release => {}
        _ => found.push(format!("{title} {path}: is {ours}; the release has {release}")),
    }
}
