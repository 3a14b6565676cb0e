//! Strategic merge patches, with kustomize's reading of them: `$patch` directives are followed, `null` removes a
//! field, lists with merge keys are merged with the patch's elements first; `$setElementOrder`, `$retainKeys` and
//! `$deleteFromPrimitiveList` have no meaning and stay as fields.

use serde_json::{Map, Value};

use super::elements::merge_elements;
use super::styled::restyled;
use crate::kustomize::merge_keys::Shape;
use crate::kustomize::resource::{scalar_text, text};
use crate::kustomize::schema::Schemas;

/// Values that cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kustomize) struct MergeError {
    /// The field of the patch, as `spec.template`; elements of lists are named by their keys in brackets.
    pub(in crate::kustomize) path: String,
    pub(in crate::kustomize) message: String,
}

fn wrong(path: &str, message: impl Into<String>) -> MergeError {
    MergeError { path: path.to_owned(), message: message.into() }
}

/// What became of a value.
enum Outcome {
    /// The old value was changed in place.
    Kept,
    /// The old value is replaced.
    Replaced(Value),
    /// The value is to be removed.
    Removed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Merges a patch into an object; `Ok(false)` if the patch deletes the object.
///
/// # Errors
/// Values that cannot be merged, with the path of the field.
pub(in crate::kustomize) fn merge(object: &mut Value, patch: &Value, schemas: &Schemas) -> Result<bool, MergeError> {
    let shape = schemas.root(text(object, "apiVersion"), text(object, "kind"));
    // Kustomize drops what would replace the whole object: `$patch: replace` at the root changes nothing.
    Ok(!matches!(walk(Some(object), Some(patch), shape, "")?, Outcome::Removed))
}

fn walk(old: Option<&mut Value>, patch: Option<&Value>, shape: Shape<'_>, path: &str) -> Result<Outcome, MergeError> {
    let present = |value: &Value| !value.is_null();
    let decisive = old.as_deref().filter(|value| present(value)).or_else(|| patch.filter(|value| present(value)));
    match decisive {
        None | Some(Value::Object(_)) => {
            check(old.as_deref(), patch, Value::is_object, "a mapping", path)?;
            walk_mapping(old, patch, shape, path)
        }
        Some(Value::Array(_)) => {
            check(old.as_deref(), patch, Value::is_array, "a list", path)?;
            match shape.elements() {
                Some((element, keys)) => walk_list(old, patch, element, &keys, path),
                None => Ok(take(patch)),
            }
        }
        Some(_) => {
            check(old.as_deref(), patch, |value| !value.is_array() && !value.is_object(), "a scalar", path)?;
            Ok(match (old, take(patch)) {
                (Some(old), Outcome::Replaced(new)) => Outcome::Replaced(restyled(old, &new)),
                (_, outcome) => outcome,
            })
        }
    }
}

/// The patch's value as it is; the old one if the patch has none.
fn take(patch: Option<&Value>) -> Outcome {
    match patch {
        None => Outcome::Kept,
        Some(Value::Null) => Outcome::Removed,
        Some(value) => Outcome::Replaced(value.clone()),
    }
}

fn check(
    old: Option<&Value>,
    patch: Option<&Value>,
    is_right: impl Fn(&Value) -> bool,
    what: &str,
    path: &str,
) -> Result<(), MergeError> {
    if old.into_iter().chain(patch).all(|value| value.is_null() || is_right(value)) {
        return Ok(());
    }
    let message = format!("`{path}` is {what} in the object or in the patch, but not in both, so it cannot be merged");
    Err(wrong(path, message))
}

fn walk_mapping(
    old: Option<&mut Value>,
    patch: Option<&Value>,
    shape: Shape<'_>,
    path: &str,
) -> Result<Outcome, MergeError> {
    let Some(old) = old.filter(|value| !value.is_null()) else {
        let Some(patch) = patch.and_then(Value::as_object) else {
            return Ok(Outcome::Removed);
        };
        // What is added is merged with itself, so that the directives within it work.
        return match directive(patch, path).unwrap_or(Directive::Merge) {
            Directive::Delete => Ok(Outcome::Removed),
            _ => merged_with_itself(patch, shape, path),
        };
    };
    let nothing = Map::new();
    let Some(patch) = patch.map_or(Some(&nothing), Value::as_object) else { return Ok(Outcome::Removed) };
    match directive(patch, path)? {
        Directive::Delete => Ok(Outcome::Removed),
        Directive::Replace => merged_with_itself(patch, shape, path),
        Directive::Merge => {
            let map = old.as_object_mut().expect("checked by the caller");
            merge_fields(map, patch, shape, path)?;
            Ok(Outcome::Kept)
        }
    }
}

fn merged_with_itself(patch: &Map<String, Value>, shape: Shape<'_>, path: &str) -> Result<Outcome, MergeError> {
    let mut map = patch.clone();
    map.shift_remove("$patch");
    let source = map.clone();
    merge_fields(&mut map, &source, shape, path)?;
    Ok(Outcome::Replaced(Value::Object(map)))
}

fn merge_fields(
    map: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    shape: Shape<'_>,
    path: &str,
) -> Result<(), MergeError> {
    for (key, value) in patch.iter().filter(|(key, _)| *key != "$patch") {
        let field = shape.field(key);
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match walk(map.get_mut(key), Some(value), field, &path)? {
            Outcome::Kept => {}
            Outcome::Replaced(Value::Null) | Outcome::Removed => {
                map.shift_remove(key);
            }
            Outcome::Replaced(value) => {
                map.insert(key.clone(), value);
            }
        }
    }
    // Kustomize goes through what the patch does not mention as well: lists with merge keys lose repeated elements.
    for (key, value) in map.iter_mut().filter(|(key, _)| !patch.contains_key(*key)) {
        let field = shape.field(key);
        if value.is_object() || (field != Shape::Plain && !value.is_null()) {
            walk(Some(value), None, field, &format!("{path}.{key}"))?;
        }
    }
    Ok(())
}

/// The `$patch` directive of a mapping.
fn directive(patch: &Map<String, Value>, path: &str) -> Result<Directive, MergeError> {
    patch.get("$patch").filter(|value| !value.is_null()).map_or(Ok(Directive::Merge), |value| named(value, path))
}

fn named(value: &Value, path: &str) -> Result<Directive, MergeError> {
    match value.as_str() {
        Some("merge") => Ok(Directive::Merge),
        Some("replace") => Ok(Directive::Replace),
        Some("delete") => Ok(Directive::Delete),
        _ => {
            let at = if path.is_empty() { String::new() } else { format!(" at `{path}`") };
            let text = scalar_text(value);
            Err(wrong(path, format!("`$patch`{at} is `{text}`, which is none of `merge`, `replace`, `delete`")))
        }
    }
}

/// The `$patch` directive of a list: an element that holds nothing else.
fn list_directive(patch: &mut Vec<Value>, path: &str) -> Result<Directive, MergeError> {
    let element = patch.iter().find_map(|element| element.as_object().filter(|map| map.contains_key("$patch")));
    let Some(value) = element.filter(|map| map.len() == 1).and_then(|map| map.get("$patch")).cloned() else {
        return Ok(Directive::Merge);
    };
    let directive = named(&value, path)?;
    patch.retain(|element| element.get("$patch") != Some(&value));
    Ok(directive)
}

fn walk_list(
    old: Option<&mut Value>,
    patch: Option<&Value>,
    element: Shape<'_>,
    keys: &[&str],
    path: &str,
) -> Result<Outcome, MergeError> {
    let nothing = Vec::new();
    let Some(patch) = patch.map_or(Some(&nothing), Value::as_array) else { return Ok(Outcome::Removed) };
    let mut patch = patch.clone();
    let merge = |mut old: Option<&mut Value>, patch: Option<&Value>, values: &str| {
        let outcome = walk(old.as_deref_mut(), patch, element, &format!("{path}[{values}]"))?;
        Ok(match outcome {
            Outcome::Kept => old.map(|old| old.clone()),
            Outcome::Replaced(value) => Some(value),
            Outcome::Removed => None,
        })
    };
    let replaced = |patch: &[Value]| {
        let mut copy = patch.to_vec();
        merge_elements(&mut copy, patch, keys, merge)?;
        Ok(Outcome::Replaced(Value::Array(copy)))
    };
    let Some(old) = old.and_then(Value::as_array_mut) else { return replaced(&patch) };
    match list_directive(&mut patch, path)? {
        Directive::Delete => Ok(Outcome::Removed),
        Directive::Replace => replaced(&patch),
        Directive::Merge => {
            merge_elements(old, &patch, keys, merge)?;
            Ok(Outcome::Kept)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merge(object: &mut Value, patch: &Value) -> Result<bool, MergeError> {
        super::merge(object, patch, &Schemas::default())
    }

    fn deployment(pod: Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"template": {"spec": pod}}})
    }

    fn merged(old: Value, patch: Value) -> Value {
        let mut object = deployment(old);
        assert!(merge(&mut object, &deployment(patch)).unwrap());
        object["spec"]["template"]["spec"].take()
    }

    #[test]
    fn containers_merge_by_name_the_patch_first() {
        let old = json!({"containers": [{"name": "a", "image": "1"}, {"name": "b"}], "tolerations": [{"key": "x"}]});
        let patch = json!({"containers": [{"name": "b", "image": "2"}, {"name": "c"}], "tolerations": [{"key": "y"}]});
        assert_eq!(
            merged(old, patch),
            json!({"containers": [{"name": "b", "image": "2"}, {"name": "c"}, {"name": "a", "image": "1"}], "tolerations": [{"key": "y"}]})
        );
    }

    #[test]
    fn elements_are_deleted_and_fields_removed() {
        let old = json!({"containers": [{"name": "a", "image": "1", "env": [{"name": "E", "value": "v"}]}], "hostNetwork": true});
        let patch =
            json!({"containers": [{"name": "a", "env": [{"name": "E", "$patch": "delete"}]}], "hostNetwork": null});
        assert_eq!(merged(old, patch), json!({"containers": [{"name": "a", "image": "1", "env": []}]}));
    }

    #[test]
    fn replacing_the_root_changes_nothing() {
        let mut object = deployment(json!({"hostNetwork": true}));
        let before = object.clone();
        let patch =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "$patch": "replace"});
        assert!(merge(&mut object, &patch).unwrap());
        assert_eq!(object, before);
    }

    #[test]
    fn whole_objects_are_deleted_and_wrong_merges_named() {
        let mut object = deployment(json!({}));
        let patch =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "$patch": "delete"});
        assert!(!merge(&mut object, &patch).unwrap());
        let error = merge(&mut deployment(json!({})), &json!({"spec": {"template": [1]}})).unwrap_err();
        assert_eq!(error.path, "spec.template");
        let error = merge(&mut deployment(json!({})), &json!({"spec": {"$patch": "drop"}})).unwrap_err();
        assert!(error.message.contains("`drop`"), "{error:?}");
    }
}
