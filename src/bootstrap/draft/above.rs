//! A kustomization above Flux's folder: what kustomize-controller will make of Flux's own objects there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::build::{Build, Displaced};
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::kustomization;
use crate::kustomize;
use crate::manifests::KUSTOMIZATION_FILES;
use crate::open::{Tree, join};

/// The fields of a kustomization file that give objects another name or namespace.
const RENAMING: [&str; 3] = ["namespace", "namePrefix", "nameSuffix"];

/// An object whatever its version: group, kind, namespace, name.
type Identity = [String; 4];

/// Takes over what the build above makes of the objects in `build`, or notes that they come out as others or not at all.
/// `folder` is where the file above lies.
pub(super) fn apply(build: &mut Build, above: kustomize::Build, tree: &Tree, folder: &str, sync: &[Value]) {
    let made: BTreeMap<Identity, &Value> =
        above.objects.iter().filter_map(|object| Some((identity(object)?, object))).collect();
    let is_made = |object: &Value| identity(object).is_some_and(|identity| made.contains_key(&identity));
    if let Some(displaced) = displaced(&above.objects, sync, &is_made) {
        let file = renaming_file(tree, folder);
        build.displaced = Some(Displaced { file, ..displaced });
        return;
    }
    build.reached_from_path = Some(sync.iter().all(is_made));
    if build.reached_from_path == Some(true) {
        let taken = build.objects.iter().filter_map(|object| made.get(&identity(object)?).copied().cloned());
        build.objects = taken.collect();
        build.warnings.extend(above.warnings);
        build.edits = above.edits;
    }
}

/// A sync object that comes out under another name or namespace: one that still syncs the same path.
fn displaced(above: &[Value], sync: &[Value], is_made: &dyn Fn(&Value) -> bool) -> Option<Displaced> {
    let own = sync.iter().find(|object| object["kind"] == kustomization::KIND && !is_made(object))?;
    let path = kustomization::path(own)?;
    let is_it = |object: &&Value| {
        object["kind"] == kustomization::KIND
            && object["apiVersion"] == own["apiVersion"]
            && kustomization::path(object) == Some(path)
    };
    let name = |object: &Value| ObjectRef::of(object).map(|object| object.to_string());
    Some(Displaced { from: name(own)?, to: name(above.iter().find(is_it)?)?, file: String::new() })
}

/// The file above, with the line that renames where it is one of the file's own.
fn renaming_file(tree: &Tree, folder: &str) -> String {
    let files = KUSTOMIZATION_FILES.iter().map(|name| join(folder, name));
    let Some(file) = files.into_iter().find(|file| tree.holds(file)) else { return folder.to_owned() };
    let text = tree.content(&file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let renames = |line: &str| RENAMING.iter().any(|field| line.starts_with(&format!("{field}:")));
    match text.lines().position(renames) {
        Some(line) => format!("`{file}` line {}", line + 1),
        None => format!("`{file}`"),
    }
}

fn identity(object: &Value) -> Option<Identity> {
    let object = ObjectRef::of(object)?;
    let namespace = object.namespace.clone().unwrap_or_default();
    Some([object.group().to_owned(), object.kind.clone(), namespace, object.name])
}
