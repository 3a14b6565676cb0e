//! Where two states of one object differ, by path. Pure.

use serde_json::Value;

/// What the server keeps for itself in an object's metadata.
const SERVER_FIELDS: &[&str] =
    &["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/// The paths at which `after` differs from `before`, leaving out what the server keeps for itself:
/// `metadata.managedFields`, `resourceVersion`, `generation`, `uid`, `creationTimestamp`, and `status`.
pub(crate) fn changed_paths(before: &Value, after: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    compare(&without_server_fields(before), &without_server_fields(after), "", &mut paths);
    paths
}

/// An object without what the server keeps for itself.
fn without_server_fields(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            SERVER_FIELDS.iter().for_each(|field| {
                metadata.remove(*field);
            });
        }
    }
    object
}

fn compare(before: &Value, after: &Value, path: &str, paths: &mut Vec<String>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                compare(value, after.get(key).unwrap_or(&Value::Null), &below(path, key), paths);
            }
            for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                compare(&Value::Null, value, &below(path, key), paths);
            }
        }
        (Value::Array(before), Value::Array(after)) => compare_lists(before, after, path, paths),
        // Nothing and an empty object are the same to the API.
        (Value::Null, Value::Object(fields)) | (Value::Object(fields), Value::Null) if fields.is_empty() => {}
        _ => paths.push(path.to_owned()),
    }
}

/// Lists of named things are compared by name, so that one more entry is one change.
fn compare_lists(before: &[Value], after: &[Value], path: &str, paths: &mut Vec<String>) {
    let name = |item: &Value| item["name"].as_str().map(str::to_owned);
    let names = |list: &[Value]| list.iter().map(name).collect::<Option<Vec<_>>>();
    match (names(before), names(after)) {
        (Some(old), Some(new)) if unique(&old) && unique(&new) => {
            let at = |name: &str| format!("{path}[name={name}]");
            for (name, item) in old.iter().zip(before) {
                match new.iter().position(|other| other == name) {
                    Some(position) => compare(item, &after[position], &at(name), paths),
                    None => paths.push(at(name)),
                }
            }
            paths.extend(new.iter().filter(|name| !old.contains(name)).map(|name| at(name)));
            if old != new && old.len() == new.len() && old.iter().all(|name| new.contains(name)) {
                // The order differs, which matters to some lists.
                paths.push(path.to_owned());
            }
        }
        _ if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                compare(before, after, &format!("{path}[{index}]"), paths);
            }
        }
        _ => paths.push(path.to_owned()),
    }
}

fn unique(names: &[String]) -> bool {
    names.iter().enumerate().all(|(index, name)| !names[..index].contains(name))
}

fn below(path: &str, key: &str) -> String {
    // Keys of labels and annotations hold dots themselves.
    match (path.is_empty(), key.contains('.') || key.contains('/')) {
        (true, _) => key.to_owned(),
        (false, true) => format!("{path}[{key}]"),
        (false, false) => format!("{path}.{key}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_server_keeps_is_no_change() {
        let before = json!({"metadata": {"name": "a", "resourceVersion": "1", "generation": 1}, "status": {"x": 1}});
        let after = json!({"metadata": {"name": "a", "resourceVersion": "2", "managedFields": []}, "status": {}});
        assert_eq!(changed_paths(&before, &after), Vec::<String>::new());
    }

    #[test]
    fn changes_are_named_by_path() {
        let before = json!({
            "metadata": {"labels": {"app.kubernetes.io/version": "v1"}},
            "spec": {"replicas": 1, "containers": [{"name": "manager", "image": "a:1", "args": ["--a"]}], "gone": true},
        });
        let after = json!({
            "metadata": {"labels": {"app.kubernetes.io/version": "v2"}},
            "spec": {"replicas": 1, "containers": [
                {"name": "side", "image": "b"}, {"name": "manager", "image": "a:2", "args": ["--a", "--b"]},
            ]},
        });
        let expected = [
            "metadata.labels[app.kubernetes.io/version]",
            "spec.containers[name=manager].image",
            "spec.containers[name=manager].args",
            "spec.containers[name=side]",
            "spec.gone",
        ];
        assert_eq!(changed_paths(&before, &after), expected);
    }

    #[test]
    fn order_counts_and_emptiness_does_not() {
        let list = |names: [&str; 2]| json!({"spec": {"env": [{"name": names[0]}, {"name": names[1]}]}});
        assert_eq!(changed_paths(&list(["a", "b"]), &list(["b", "a"])), ["spec.env"]);
        assert_eq!(changed_paths(&json!({"spec": {}}), &json!({"spec": {"x": {}}})), Vec::<String>::new());
    }
}
