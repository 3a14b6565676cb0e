//! Raises the two sync objects to v1: what became of the fields of older versions.
//!
//! The API types of v1beta1 and v1beta2 of source-controller and kustomize-controller hold five fields that v1 does
//! not, and put no pattern on durations.

use std::str::FromStr as _;

use serde_json::{Value, json};

use super::note::SyncNote;
use crate::domain::config::GoDuration;
use crate::manifests::edits;
use crate::manifests::yaml_edit::{Field, Part};
use crate::yaml;

/// Fields of the spec that are gone, by kind: they meant nothing any more, or have no other place.
const GONE: [(&str, &str); 3] =
    [("GitRepository", "gitImplementation"), ("GitRepository", "accessFrom"), ("Kustomization", "validation")];
/// Fields of a status that are gone; a file has one if it was copied from a cluster.
const GONE_STATUS: [&str; 4] =
    ["status.url", "status.contentConfigChecksum", "status.artifact.checksum", "status.snapshot"];
/// Durations of the spec, by kind, and the units that v1 takes there.
const DURATIONS: [(&str, &str, &[&str]); 4] = [
    ("GitRepository", "timeout", &["ms", "s", "m"]),
    ("Kustomization", "interval", &["ms", "s", "m", "h"]),
    ("Kustomization", "retryInterval", &["ms", "s", "m", "h"]),
    ("Kustomization", "timeout", &["ms", "s", "m", "h"]),
];

/// Brings the fields of an object, whatever version it says it is of, to those of v1. Its `apiVersion` stays.
pub(super) fn raise_fields(part: &mut Part) -> Vec<SyncNote> {
    let object = format!("{}/{}", edits::kind(&part.value), edits::name(&part.value));
    let kind = edits::kind(&part.value).to_owned();
    let mut notes = Vec::new();
    for (_, name) in GONE.iter().filter(|(of, _)| *of == kind) {
        if !is_there(part, name) {
            continue;
        }
        part.set(&[remove(name)]);
        notes.push(SyncNote::Dropped { object: object.clone(), field: format!("spec.{name}") });
    }
    for gone in GONE_STATUS {
        let path: Vec<String> = gone.split('.').map(str::to_owned).collect();
        if path.iter().try_fold(&part.value, |value, key| value.get(key)).is_some() {
            part.set(&[Field { path, value: None }]);
            notes.push(SyncNote::Dropped { object: object.clone(), field: gone.to_owned() });
        }
    }
    if kind == "Kustomization" {
        notes.extend(carry_patches(part, &object));
    }
    for (_, name, units) in DURATIONS.iter().filter(|(of, ..)| *of == kind) {
        let Some(from) = part.value["spec"][*name].as_str().map(str::to_owned) else { continue };
        let Some(to) = respelled(&from, units) else { continue };
        part.set(&[Field { path: path(name), value: Some(to.clone().into()) }]);
        notes.push(SyncNote::Rewritten { object: object.clone(), field: format!("spec.{name}"), from, to });
    }
    notes
}

/// Moves the two old kinds of patches into `patches`, in the order in which kustomize applies the three.
fn carry_patches(part: &mut Part, object: &str) -> Vec<SyncNote> {
    let mut notes = Vec::new();
    let spec = &part.value["spec"];
    let list = |name: &str| spec[name].as_array().cloned().unwrap_or_default();
    let before: Vec<Value> =
        list("patchesStrategicMerge").iter().map(|patch| json!({"patch": as_text(patch)})).collect();
    let after: Vec<Value> = list("patchesJson6902").iter().map(as_patch).collect();
    if !(before.is_empty() && after.is_empty()) {
        let patches = [before.clone(), list("patches"), after.clone()].concat();
        part.set(&[Field { path: path("patches"), value: Some(patches.into()) }]);
    }
    for (name, carried) in [("patchesStrategicMerge", before), ("patchesJson6902", after)] {
        if !is_there(part, name) {
            continue;
        }
        part.set(&[remove(name)]);
        let (object, field) = (object.to_owned(), format!("spec.{name}"));
        notes.push(match carried.is_empty() {
            true => SyncNote::Dropped { object, field },
            false => SyncNote::Carried { object, field, into: "spec.patches".to_owned() },
        });
    }
    notes
}

/// An entry of `patchesJson6902`, whose operations are a list, as one of `patches`, where they are text.
fn as_patch(entry: &Value) -> Value {
    let mut patch = entry.clone();
    if let Some(operations) = entry.get("patch") {
        patch["patch"] = as_text(operations).into();
    }
    patch
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| yaml::write(value), str::to_owned)
}

/// A duration in the units that are taken; none where it is already so, or is no duration.
fn respelled(text: &str, units: &[&str]) -> Option<String> {
    if is_taken(text, units) {
        return None;
    }
    let nanoseconds = GoDuration::from_str(text).ok()?.as_nanos();
    let (minutes, rest) = (nanoseconds / 60_000_000_000, nanoseconds % 60_000_000_000);
    let seconds = format!("{}.{:09}", rest / 1_000_000_000, rest % 1_000_000_000);
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    Some(match (minutes, rest) {
        (0, _) => format!("{seconds}s"),
        (_, 0) => format!("{minutes}m"),
        _ => format!("{minutes}m{seconds}s"),
    })
}

/// Whether a text is one or more numbers, each with one of the units and with digits around its point.
fn is_taken(text: &str, units: &[&str]) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let number =
            rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.').len();
        let (digits, after) = rest.split_at(number);
        let is_number = digits.split('.').count() <= 2 && digits.split('.').all(|part| !part.is_empty());
        let unit = after.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(after.len());
        if !is_number || !units.contains(&&after[..unit]) {
            return false;
        }
        rest = &after[unit..];
    }
    !text.is_empty()
}

fn is_there(part: &Part, name: &str) -> bool {
    part.value["spec"].get(name).is_some()
}

fn path(name: &str) -> Vec<String> {
    vec!["spec".to_owned(), name.to_owned()]
}

fn remove(name: &str) -> Field {
    Field { path: path(name), value: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::yaml_edit;

    fn raised(text: &str) -> (String, Vec<String>) {
        let mut parts = yaml_edit::split(text).unwrap();
        let notes = raise_fields(&mut parts[0]);
        (yaml_edit::join(&parts), notes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn fields_without_a_place_are_dropped_and_named() {
        let text = "kind: GitRepository\nmetadata: {name: a}\nspec:\n  # mine\n  accessFrom:\n    namespaceSelectors: []\n  gitImplementation: libgit2 # old\n  # stays\n  url: x\n";
        let (after, notes) = raised(text);
        assert_eq!(after, "kind: GitRepository\nmetadata: {name: a}\nspec:\n  # mine\n  # stays\n  url: x\n");
        assert_eq!(
            notes,
            [
                "`spec.gitImplementation` of `GitRepository/a` is dropped: this version of Flux has no such field",
                "`spec.accessFrom` of `GitRepository/a` is dropped: this version of Flux has no such field",
            ]
        );
        let (after, notes) = raised("kind: Kustomization\nspec:\n  path: ./a\n  validation: server\n");
        assert_eq!((after.as_str(), notes.len()), ("kind: Kustomization\nspec:\n  path: ./a\n", 1));
        // Of another kind it is somebody else's.
        assert_eq!(raised("kind: Kustomization\nspec:\n  accessFrom: {}\n").1, Vec::<String>::new());
    }

    #[test]
    fn fields_of_a_status_are_dropped_as_well() {
        let text =
            "kind: GitRepository\nspec:\n  url: x\nstatus:\n  artifact:\n    checksum: 1a\n    path: a\n  url: y\n";
        let (after, notes) = raised(text);
        assert_eq!(after, "kind: GitRepository\nspec:\n  url: x\nstatus:\n  artifact:\n    path: a\n");
        assert!(notes.len() == 2 && notes[0].starts_with("`status.url` of"), "{notes:?}");
        let kept = "kind: GitRepository\nstatus:\n  observedGeneration: 1\n";
        assert_eq!(raised(kept), (kept.to_owned(), Vec::new()));
    }

    #[test]
    fn old_patches_stand_around_the_new_ones() {
        let text = "\
kind: Kustomization
metadata: {name: a}
spec:
  patches:
  # the second
  - patch: |
      - {op: remove, path: /x}
    target: {kind: ConfigMap}
  patchesJson6902:
  - patch:
    - op: add
      path: /y
      value: \"yes\"
    target: {kind: ConfigMap, name: third}
  patchesStrategicMerge:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: first}
    data: {a: null}
  path: ./a
";
        let (after, notes) = raised(text);
        let expected = "\
kind: Kustomization
metadata: {name: a}
spec:
  patches:
  - patch: |
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: first
      data:
        a: null
  # the second
  - patch: |
      - {op: remove, path: /x}
    target: {kind: ConfigMap}
  - patch: |
      - op: add
        path: /y
        value: \"yes\"
    target:
      kind: ConfigMap
      name: third
  path: ./a
";
        assert_eq!(after, expected);
        assert_eq!(notes.len(), 2);
        assert!(
            notes[0]
                .starts_with("`spec.patchesStrategicMerge` of `Kustomization/a` is carried over into `spec.patches`")
        );
    }

    #[test]
    fn durations_keep_their_length_in_other_units() {
        for (from, to) in [
            ("1h", Some("60m")),
            ("1h30m", Some("90m")),
            ("1.5h", Some("90m")),
            ("1h0m10s", Some("60m10s")),
            ("100us", Some("0.0001s")),
            ("0", Some("0s")),
            (".5m", Some("30s")),
            ("90s", None),
            ("1m30.5s", None),
            ("500ms", None),
            ("-1h", None),
            ("soon", None),
        ] {
            assert_eq!(respelled(from, &["ms", "s", "m"]).as_deref(), to, "{from}");
        }
        assert_eq!(respelled("1h30m", &["ms", "s", "m", "h"]), None);
        let (after, notes) = raised("kind: GitRepository\nmetadata: {name: a}\nspec:\n  timeout: 1h # long\n");
        assert_eq!(after, "kind: GitRepository\nmetadata: {name: a}\nspec:\n  timeout: 60m # long\n");
        assert_eq!(notes, ["`spec.timeout` of `GitRepository/a` is written as 60m: 1h is no longer accepted"]);
    }
}
