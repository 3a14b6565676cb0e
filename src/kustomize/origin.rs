//! `buildMetadata`: where an object comes from and what has changed it.

use super::resource::Resource;

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
