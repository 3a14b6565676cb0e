//! Kustomize's field paths: `spec/containers/image` goes through lists by itself.

use serde_json::{Map, Value};

use super::place::Step;
use super::resource::{Resource, split_api_version};

/// A field of some kinds of objects. Empty `group`, `version` and `kind` match any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldSpec {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    /// Field names, separated by `/`; `\/` stands for a slash in a name, `[]` marks a list.
    pub(super) path: String,
    pub(super) create: bool,
}

impl FieldSpec {
    pub(super) fn new(group: &str, version: &str, kind: &str, path: &str, create: bool) -> Self {
        Self { group: group.into(), version: version.into(), kind: kind.into(), path: path.into(), create }
    }

    /// What to create where a scalar is to be set.
    pub(super) fn scalar(&self) -> Missing {
        if self.create { Missing::Scalar } else { Missing::Skip }
    }

    pub(super) fn selects(&self, resource: &Resource) -> bool {
        let (group, version) = split_api_version(resource.api_version());
        (self.kind.is_empty() || self.kind == resource.kind())
            && (self.group.is_empty() || self.group == group)
            && (self.version.is_empty() || self.version == version)
    }
}

/// Adds fields that are not there yet. As kustomize does it, a field counts as there if the same path is there for any
/// kind that the new one matches, however few.
///
/// # Errors
/// One of them is to be created where it is missing, and what is there is not, or the other way round.
pub(super) fn merge(specs: &mut Vec<FieldSpec>, more: Vec<FieldSpec>) -> Result<(), String> {
    let matches = |there: &str, new: &str| new.is_empty() || there == new;
    for spec in more {
        let is_there = |other: &&FieldSpec| {
            other.path == spec.path
                && matches(&other.group, &spec.group)
                && matches(&other.version, &spec.version)
                && matches(&other.kind, &spec.kind)
        };
        match specs.iter().find(is_there) {
            Some(other) if other.create != spec.create => {
                return Err(format!("`create` of the field `{}` contradicts what is set for it already", spec.path));
            }
            Some(_) => {}
            None => specs.push(spec),
        }
    }
    Ok(())
}

/// What to create where the field is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Skip,
    Scalar,
    Mapping,
}

/// What is done with a value and the place at which it stands.
type Located<'a> = dyn FnMut(&mut Value, &[Step]) -> Result<(), String> + 'a;

/// Calls `set` on every value that the path leads to.
///
/// # Errors
/// A scalar on the way, or what `set` refuses.
pub(super) fn visit(
    value: &mut Value,
    path: &str,
    missing: Missing,
    set: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<(), String> {
    visit_located(value, path, missing, &mut |value, _| set(value))
}

/// The same, with the place of each value.
///
/// # Errors
/// As [`visit`].
pub(super) fn visit_located(
    value: &mut Value,
    path: &str,
    missing: Missing,
    set: &mut Located<'_>,
) -> Result<(), String> {
    let parts = split(path, '/');
    walk(value, &parts, missing, &mut Vec::new(), set).map_err(|message| format!("field `{path}`: {message}"))
}

fn walk(
    value: &mut Value,
    path: &[String],
    missing: Missing,
    place: &mut Vec<Step>,
    set: &mut Located<'_>,
) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else { return set(value, place) };
    match value {
        Value::Null => Ok(()),
        Value::Array(elements) => elements.iter_mut().enumerate().try_for_each(|(index, element)| {
            place.push(Step::Index(index));
            walk(element, path, missing, place, set)?;
            place.pop();
            Ok(())
        }),
        Value::Object(map) => {
            let (name, is_list) = first.strip_suffix("[]").map_or((first.as_str(), false), |name| (name, true));
            if name.is_empty() {
                return Err("an empty field name".to_owned());
            }
            let child = if missing == Missing::Skip || is_list {
                let Some(child) = map.get_mut(name) else { return Ok(()) };
                child
            } else {
                let child = map.entry(name).or_insert(Value::Null);
                if child.is_null() && (!rest.is_empty() || missing == Missing::Mapping) {
                    *child = Value::Object(Map::new());
                }
                child
            };
            place.push(Step::Key(name.to_owned()));
            walk(child, rest, missing, place, set)?;
            place.pop();
            Ok(())
        }
        _ => Err("a list or a mapping is expected where a scalar is".to_owned()),
    }
}

/// Splits a path; a backslash before the delimiter keeps it in the name.
pub(super) fn split(path: &str, delimiter: char) -> Vec<String> {
    let mut pieces: Vec<&str> = path.split(delimiter).collect();
    if pieces.len() > 1 && pieces[0].is_empty() {
        pieces.remove(0);
    }
    let mut parts: Vec<String> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(delimiter);
                last.push_str(piece);
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn escaped_delimiters_stay() {
        assert_eq!(split(r"metadata/annotations/a\/b", '/'), ["metadata", "annotations", "a/b"]);
        assert_eq!(split("/a/b", '/'), ["a", "b"]);
        assert_eq!(split("", '/'), [""]);
    }

    #[test]
    fn lists_are_passed_through() {
        let mut value = json!({"spec": {"containers": [{"image": "a"}, {"name": "x"}]}});
        let mut seen = 0;
        visit(&mut value, "spec/containers/image", Missing::Skip, &mut |image| {
            seen += 1;
            *image = "b".into();
            Ok(())
        })
        .unwrap();
        assert_eq!((seen, &value["spec"]["containers"][0]["image"]), (1, &json!("b")));
    }

    #[test]
    fn missing_fields_are_created_on_demand() {
        let mut value = json!({"kind": "A", "metadata": null});
        visit(&mut value, "metadata/labels", Missing::Mapping, &mut |_| Ok(())).unwrap();
        assert_eq!(value["metadata"], json!({"labels": {}}));
        let error = visit(&mut value, "kind/name", Missing::Skip, &mut |_| Ok(())).unwrap_err();
        assert!(error.contains("scalar"), "{error}");
    }
}
