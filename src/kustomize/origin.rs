//! `buildMetadata`: where an object comes from and what has changed it.

use serde_json::Map;

use super::resource::{Resource, object_in};

/// The annotation that says where an object comes from.
pub(super) const ORIGIN: &str = "config.kubernetes.io/origin";
/// The annotation that says what has changed an object.
pub(super) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";
/// The label's value under `managedByLabel`.
pub(super) const MANAGED_BY: &str = "kustomize-v5.8.1";

/// Joins a path as written, resolving `.` and `..` where that is possible.
pub(super) fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The origin of an object from a file.
pub(super) fn of_file(path: &str) -> String {
    format!("path: {path}\n")
}

/// The path in the origin of an object from a file.
pub(super) fn path(origin: &str) -> Option<&str> {
    origin.strip_prefix("path: ").map(str::trim_end)
}

/// The origin of an object that a generator made.
pub(super) fn of_builtin(configured_in: &str, kind: &str) -> String {
    format!("configuredIn: {configured_in}\nconfiguredBy:\n  apiVersion: builtin\n  kind: {kind}\n")
}

/// Notes that a transformer has seen all objects. One that has no origin is taken to come from the transformer.
pub(super) fn record(resources: &mut [Resource], origin: &str) {
    let lines: Vec<&str> = origin.lines().collect();
    let entry = format!("- {}\n", lines.join("\n  "));
    for resource in resources {
        match resource.origin {
            None => resource.origin = Some(origin.to_owned()),
            Some(_) => resource.transformations.push(entry.clone()),
        }
    }
}

/// Writes the origin, where it is known, into the object itself, as kustomize has it all the time.
pub(super) fn show(resource: &mut Resource) {
    if let Some(origin) = resource.origin.clone() {
        object_in(&mut resource.object, "metadata");
        object_in(&mut resource.object["metadata"], "annotations").insert(ORIGIN.to_owned(), origin.into());
    }
}

/// Takes the origin out of the object again. One that is not there any more is forgotten, with all that has changed
/// the object so far.
pub(super) fn hide(resource: &mut Resource) {
    let annotations = resource.object["metadata"]["annotations"].as_object_mut();
    let shown = annotations.and_then(|annotations| annotations.shift_remove(ORIGIN));
    if shown.is_none() {
        resource.origin = None;
        resource.transformations.clear();
    }
    if resource.object["metadata"]["annotations"].as_object().is_some_and(Map::is_empty) {
        resource.set_string_map("annotations", Vec::new());
    }
}
