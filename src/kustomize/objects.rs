//! The objects of a file, with what kustomize remembers of their spelling.

use std::collections::VecDeque;

use serde_json::Value;

use super::spelling::Spelling;
use crate::yaml::{self, Content, Node, Reading, YamlError};

/// An object as it is read.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    pub(super) object: Value,
    pub(super) spelling: Spelling,
    /// The 1-based line at which it starts.
    pub(super) line: usize,
}

/// The objects of a stream.
pub(super) struct Objects {
    pub(super) parsed: Vec<Parsed>,
    /// The lines of documents that kustomize never looks at.
    pub(super) ignored: Vec<usize>,
}

/// Parses a stream of Kubernetes objects; lists are replaced by their items, behind everything else.
///
/// # Errors
/// The line and what is wrong there.
pub(super) fn parse(text: &str, reading: Reading) -> Result<Objects, YamlError> {
    let yaml::Resources { roots, ignored } = yaml::resources(text)?;
    let is_alone = roots.len() == 1;
    // Whether the object is still as it is written; items of most lists have been JSON in between.
    let mut queue: VecDeque<(Node, bool)> = roots.into_iter().map(|root| (root, true)).collect();
    let mut parsed = Vec::new();
    while let Some((root, is_written)) = queue.pop_front() {
        let Some(object) = checked(&root, reading)? else { continue };
        let kind = object["kind"].as_str().unwrap_or("").to_owned();
        match root.get("items").filter(|_| kind.ends_with("List")) {
            Some(Node { content: Content::Sequence(items), .. }) => {
                let is_written = is_written && is_alone && matches!(kind.as_str(), "List" | "ResourceList");
                queue.extend(items.iter().map(|item| (item.clone(), is_written)));
            }
            Some(_) if object["items"].is_null() => {}
            Some(items) => return Err(at(items, format!("`items` of the {kind} is not a list"))),
            None => {
                let spelling = if is_written { Spelling::of(&root, reading) } else { Spelling::default() };
                parsed.push(with_annotations(Parsed { object, spelling, line: root.line }, reading));
            }
        }
    }
    Ok(Objects { parsed, ignored })
}

/// The objects of a stream of resources, without their spelling.
///
/// # Errors
/// The line and what is wrong there.
pub(super) fn parse_objects(text: &str) -> Result<Vec<Value>, YamlError> {
    Ok(parse(text, Reading::Resource)?.parsed.into_iter().map(|parsed| parsed.object).collect())
}

fn with_annotations(mut parsed: Parsed, reading: Reading) -> Parsed {
    // In a patch, a null removes an annotation.
    parsed.spelling.write_annotations(&mut parsed.object, reading == Reading::StrategicPatch);
    parsed
}

fn at(node: &Node, message: impl Into<String>) -> YamlError {
    YamlError { line: node.line, message: message.into() }
}

/// The value of an object that has kind and name; `None` for an empty one.
fn checked(root: &Node, reading: Reading) -> Result<Option<Value>, YamlError> {
    let mut value = read(root, reading)?;
    if value.is_null() {
        return Ok(None);
    }
    normalize(&mut value);
    let Some(map) = value.as_object() else { return Err(at(root, "a Kubernetes object is expected")) };
    if map.is_empty() {
        return Ok(None);
    }
    let kind = map.get("kind").and_then(Value::as_str).unwrap_or("");
    if kind.is_empty() {
        return Err(at(root, "`kind` is missing"));
    }
    let metadata = map.get("metadata");
    let name = metadata.and_then(|metadata| metadata.get("name"));
    if !kind.ends_with("List") && name.and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(at(root, format!("`metadata.name` of the {kind} is missing")));
    }
    for field in ["labels", "annotations"] {
        if metadata.and_then(|metadata| metadata.get(field)).is_some_and(|map| !map.is_object() && !map.is_null()) {
            return Err(at(root, format!("`metadata.{field}` of the {kind} is not a mapping")));
        }
    }
    Ok(Some(value))
}

/// The value of an object; of an annotation that is there twice the last counts, since kustomize collects them as text.
fn read(root: &Node, reading: Reading) -> Result<Value, YamlError> {
    let mut root = root.clone();
    if let Content::Mapping(fields) = &mut root.content {
        let metadata = fields.iter_mut().filter(|(key, _)| key.scalar().is_some_and(|key| key.text == "metadata"));
        for (_, metadata) in metadata {
            let Content::Mapping(fields) = &mut metadata.content else { continue };
            let is_annotations = |key: &Node| key.scalar().is_some_and(|key| key.text == "annotations");
            for (_, annotations) in fields.iter_mut().filter(|(key, _)| is_annotations(key)) {
                keep_last(annotations);
            }
        }
    }
    root.read(reading)
}

fn keep_last(map: &mut Node) {
    let Content::Mapping(pairs) = &mut map.content else { return };
    let keys: Vec<Option<String>> =
        pairs.iter().map(|(key, _)| key.scalar().map(|scalar| scalar.text.clone())).collect();
    let mut index = 0;
    pairs.retain(|_| {
        index += 1;
        keys[index - 1].is_none() || !keys[index..].contains(&keys[index - 1])
    });
}

/// Writes numbers as they are once they have been JSON: whole floats without exponent are integers.
pub(super) fn normalize(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            // From 1e+21 on, Go writes an exponent.
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e21);
            if let Some(text) = whole.map(|float| float.to_string()) {
                let int = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
                *value = int.unwrap_or_else(|_| value.clone());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(normalize),
        Value::Object(map) => map.values_mut().for_each(normalize),
        _ => {}
    }
}

/// Gives every number the precision of a float, which is all that Go's JSON keeps.
pub(super) fn round(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let float = number.as_f64().and_then(serde_json::Number::from_f64);
            *value = float.map_or_else(|| value.clone(), Value::Number);
            normalize(value);
        }
        Value::Array(list) => list.iter_mut().for_each(round),
        Value::Object(map) => map.values_mut().for_each(round),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_taken_apart() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {kind: A, metadata: {name: a}}\n---\nkind: B\nmetadata: {name: b}\nspec: {n: 1.0}\n";
        let objects = parse_objects(text).unwrap();
        assert_eq!(
            objects,
            [
                json!({"kind": "B", "metadata": {"name": "b"}, "spec": {"n": 1}}),
                json!({"kind": "A", "metadata": {"name": "a"}})
            ]
        );
        let error = parse_objects("a: 1\n---\n\nkind: A\n").unwrap_err();
        assert_eq!((error.line, error.message.as_str()), (1, "`kind` is missing"));
        assert_eq!(parse_objects("\n---\nkind: A\n").unwrap_err().line, 3);
    }

    #[test]
    fn numbers_after_json() {
        let mut value = json!([3.0, 1e20, 9_223_372_036_854_775_807.0, 1.5, -0.0, 9_007_199_254_740_993_i64]);
        normalize(&mut value);
        assert_eq!(value, json!([3, 1e20, 9_223_372_036_854_776_000_u64, 1.5, 0, 9_007_199_254_740_993_i64]));
        round(&mut value);
        assert_eq!(value[5], json!(9_007_199_254_740_992_i64));
    }
}
