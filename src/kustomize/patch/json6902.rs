//! JSON patches (RFC 6902), with the extension that kustomize's library has: negative indexes count from the end.

use serde_json::Value;

use crate::kustomize::load::{depth, weight};
use crate::kustomize::resource::text;

/// How much one object may grow by copying within it, in bytes.
const MAX_COPIED: usize = 8 << 20;

/// How many parts a path may have.
const MAX_DEPTH: usize = 100;

/// An operation that is none, or does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kustomize) struct OperationError {
    /// Which operation of the patch, from 0.
    pub(in crate::kustomize) index: usize,
    pub(in crate::kustomize) message: String,
}

/// A parsed patch.
#[derive(Clone, Debug)]
pub(in crate::kustomize) struct JsonPatch(Vec<Operation>);

#[derive(Clone, Debug)]
struct Operation {
    op: Op,
    path: String,
}

#[derive(Clone, Debug)]
enum Op {
    Add(Value),
    Remove,
    Replace(Value),
    Move(String),
    Copy(String),
    Test(Value),
}

impl JsonPatch {
    /// Reads a patch from its list of operations.
    ///
    /// # Errors
    /// Anything but a list of known operations.
    pub(in crate::kustomize) fn parse(value: &Value) -> Result<Self, OperationError> {
        let list =
            value.as_array().ok_or_else(|| OperationError { index: 0, message: "a list is expected".to_owned() })?;
        let operations = list
            .iter()
            .enumerate()
            .map(|(index, operation)| parse_operation(operation).map_err(|message| OperationError { index, message }));
        operations.collect::<Result<_, _>>().map(Self)
    }

    pub(in crate::kustomize) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Applies all operations, or none of them.
    ///
    /// # Errors
    /// The first operation that does not apply.
    pub(in crate::kustomize) fn apply(&self, object: &mut Value) -> Result<(), OperationError> {
        let mut result = object.clone();
        let mut copied = 0;
        for (index, operation) in self.0.iter().enumerate() {
            operation.apply(&mut result, &mut copied).map_err(|message| OperationError { index, message })?;
        }
        if depth(&result) > MAX_DEPTH + 64 {
            return Err(OperationError { index: 0, message: "the object becomes too deep".to_owned() });
        }
        *object = result;
        Ok(())
    }

    /// About how many bytes the values take.
    pub(in crate::kustomize) fn weight(&self) -> usize {
        self.0
            .iter()
            .map(|operation| match &operation.op {
                Op::Add(value) | Op::Replace(value) | Op::Test(value) => weight(value),
                _ => 0,
            })
            .sum()
    }
}

fn parse_operation(value: &Value) -> Result<Operation, String> {
    if !value.is_object() {
        return Err("not a mapping".to_owned());
    }
    let Some(path) = value.get("path").and_then(Value::as_str) else { return Err("`path` is missing".to_owned()) };
    let operand = || value.get("value").cloned().unwrap_or(Value::Null);
    let from = || value.get("from").and_then(Value::as_str).map(str::to_owned).ok_or("`from` is missing");
    let op = match text(value, "op") {
        "add" => Op::Add(operand()),
        "remove" => Op::Remove,
        "replace" => Op::Replace(operand()),
        "move" => Op::Move(from()?),
        "copy" => Op::Copy(from()?),
        "test" => Op::Test(operand()),
        other => return Err(format!("`{other}` is not an operation")),
    };
    Ok(Operation { op, path: path.to_owned() })
}

impl Operation {
    fn apply(&self, root: &mut Value, copied: &mut usize) -> Result<(), String> {
        let path = self.path.as_str();
        match &self.op {
            Op::Add(value) => add(root, path, value.clone()),
            Op::Remove => remove(root, path).map(drop),
            Op::Replace(value) => replace(root, path, value),
            Op::Move(from) => {
                let value = remove(root, from)?;
                add(root, path, value)
            }
            Op::Copy(from) => {
                let value = found_or_null(root, from)?;
                *copied += weight(&value);
                if *copied > MAX_COPIED {
                    return Err("the object grows beyond all measure".to_owned());
                }
                add(root, path, value)
            }
            Op::Test(value) => {
                let found = if path.is_empty() { root.clone() } else { found_or_null(root, path)? };
                if found == *value { Ok(()) } else { Err(format!("the value at `{path}` is another")) }
            }
        }
    }
}

/// Splits off the last part of a pointer, unescaped.
fn parent<'a>(root: &'a mut Value, path: &str) -> Result<(&'a mut Value, String), String> {
    let missing = || format!("there is nothing at `{path}`");
    let (head, last) = path.rsplit_once('/').ok_or_else(missing)?;
    if path.split('/').count() > MAX_DEPTH {
        return Err("the path is longer than any object is deep".to_owned());
    }
    let mut value = root;
    for part in head.split('/').skip(1) {
        let part = unescape(part);
        value = match value {
            Value::Object(map) => map.get_mut(&part),
            Value::Array(list) => index(&part, list.len()).and_then(|index| list.get_mut(index)),
            _ => None,
        }
        .ok_or_else(missing)?;
    }
    if value.is_object() || value.is_array() { Ok((value, unescape(last))) } else { Err(missing()) }
}

/// The value at a path; null where a mapping lacks the key, as in kustomize's library.
fn found_or_null(root: &mut Value, path: &str) -> Result<Value, String> {
    let (parent, key) = parent(root, path)?;
    let found = match parent {
        Value::Object(map) => Some(map.get(&key).cloned().unwrap_or(Value::Null)),
        Value::Array(list) => index(&key, list.len()).and_then(|index| list.get(index).cloned()),
        _ => None,
    };
    found.ok_or_else(|| format!("there is nothing at `{path}`"))
}

fn add(root: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let (parent, key) = parent(root, path)?;
    match parent {
        Value::Object(map) => {
            map.insert(key, value);
        }
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => {
            let at = index(&key, list.len() + 1).ok_or_else(|| format!("`{path}` is beyond the end of the list"))?;
            list.insert(at, value);
        }
        _ => return Err(format!("there is nothing at `{path}`")),
    }
    Ok(())
}

fn remove(root: &mut Value, path: &str) -> Result<Value, String> {
    let missing = || format!("there is nothing at `{path}`");
    let (parent, key) = parent(root, path)?;
    match parent {
        Value::Object(map) => map.shift_remove(&key).ok_or_else(missing),
        Value::Array(list) => index(&key, list.len()).map(|index| list.remove(index)).ok_or_else(missing),
        _ => Err(missing()),
    }
}

fn replace(root: &mut Value, path: &str, value: &Value) -> Result<(), String> {
    let missing = || format!("there is nothing at `{path}`");
    if path.is_empty() {
        if !value.is_object() && !value.is_array() {
            return Err("only a mapping can replace the whole object".to_owned());
        }
        *root = value.clone();
        return Ok(());
    }
    let (parent, key) = parent(root, path)?;
    match parent {
        // Kustomize's library lets a missing key pass.
        Value::Object(map) => {
            map.insert(key, value.clone());
        }
        Value::Array(list) => {
            let at = index(&key, list.len()).ok_or_else(missing)?;
            list[at] = value.clone();
        }
        _ => return Err(missing()),
    }
    Ok(())
}

/// An index of a list of `length` elements; negative ones count from the end.
fn index(text: &str, length: usize) -> Option<usize> {
    let index: i64 = text.parse().ok()?;
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index + length } else { index };
    usize::try_from(index).ok().filter(|_| index < length)
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(patch: Value) -> Result<Value, OperationError> {
        let mut object = json!({"a": {"b/c": 1, "list": [1, 2]}, "n": null});
        JsonPatch::parse(&patch)?.apply(&mut object)?;
        Ok(object)
    }

    #[test]
    fn operations() {
        let patch = json!([
            {"op": "test", "path": "/a/b~1c", "value": 1},
            {"op": "replace", "path": "/a/b~1c", "value": 2},
            {"op": "add", "path": "/a/list/-", "value": 3},
            {"op": "add", "path": "/a/list/0", "value": 0},
            {"op": "remove", "path": "/a/list/-1"},
            {"op": "copy", "from": "/a/list", "path": "/l"},
            {"op": "move", "from": "/a/b~1c", "path": "/m"},
        ]);
        assert_eq!(applied(patch).unwrap(), json!({"a": {"list": [0, 1, 2]}, "n": null, "l": [0, 1, 2], "m": 2}));
    }

    #[test]
    fn operations_that_do_not_apply() {
        for patch in [
            json!([{"op": "remove", "path": "/x"}]),
            json!([{"op": "add", "path": "/x/y", "value": 1}]),
            json!([{"op": "add", "path": "/a/list/9", "value": 1}]),
            json!([{"op": "replace", "path": "/a/list/7", "value": 1}]),
            json!([{"op": "test", "path": "/a/list", "value": []}]),
            json!([{"op": "paint", "path": "/a"}]),
            json!([{"op": "add"}]),
        ] {
            assert!(applied(patch.clone()).is_err(), "{patch}");
        }
    }

    #[test]
    fn copying_cannot_grow_without_end() {
        let double = |index| json!({"op": "copy", "from": "/a", "path": format!("/a/x{index}")});
        let patch = Value::Array((0..60).map(double).collect());
        assert!(applied(patch).unwrap_err().message.contains("beyond all measure"));
    }
}
