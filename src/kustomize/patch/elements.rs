//! Merging lists by the keys of their elements, as kustomize does it. How two elements are merged is the caller's.

use serde_json::{Map, Value};

use crate::kustomize::resource::scalar_text;

/// Merges the elements of a list by their keys: the patch's first, then what only the old list has.
///
/// `merge` is given an element of the old list, the patch's element with the same keys, and the values of these keys
/// joined by commas; it returns the element that is to stand there, or nothing if it goes.
pub(super) fn merge_elements<E>(
    old: &mut Vec<Value>,
    patch: &[Value],
    keys: &[&str],
    merge: impl Fn(Option<&mut Value>, Option<&Value>, &str) -> Result<Option<Value>, E>,
) -> Result<(), E> {
    if keys.is_empty() {
        unite(old, patch);
        return Ok(());
    }
    let values = key_values(old, patch, keys);
    // A key that no element has does not count.
    let used: Vec<usize> =
        (0..keys.len()).filter(|index| values.iter().any(|value| !value[*index].is_empty())).collect();
    let used = if used.is_empty() { (0..keys.len()).collect() } else { used };
    let keys: Vec<&str> = used.iter().map(|index| keys[*index]).collect();
    let mut added: Vec<Value> = Vec::new();
    for value in &values {
        let value: Vec<&str> = used.iter().map(|index| value[*index].as_str()).collect();
        let own: Vec<(&str, &str)> =
            keys.iter().copied().zip(value.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
        let at = old.iter().position(|item| holds(item, &own, &keys));
        let from = patch.iter().find(|item| holds(item, &own, &keys));
        let merged = merge(at.map(|index| &mut old[index]), from, &value.join(","))?;
        let Some(mut merged) = merged.filter(|value| !is_empty(value)) else {
            old.retain(|item| !is_same(item, &keys, &value) && !is_empty(item));
            continue;
        };
        if let Some(map) = merged.as_object_mut() {
            for (key, text) in own {
                map.entry(key).or_insert_with(|| Value::String(text.to_owned()));
            }
        }
        put(&mut added, merged, &keys, &value);
    }
    if values.is_empty() {
        return Ok(());
    }
    keep_others(&mut added, std::mem::take(old), &keys);
    *old = added;
    Ok(())
}

/// The values of the keys that elements of either list have, each combination once.
fn key_values(old: &[Value], patch: &[Value], keys: &[&str]) -> Vec<Vec<String>> {
    let mut values: Vec<Vec<String>> = Vec::new();
    for item in patch.iter().chain(old) {
        let of_item: Vec<String> = keys.iter().map(|key| key_text(item, key)).collect();
        if !values.contains(&of_item) {
            values.push(of_item);
        }
    }
    if keys.len() > 1 {
        complete(&mut values);
    }
    values
}

/// Puts the elements that only the old list has behind those that were merged.
fn keep_others(added: &mut Vec<Value>, old: Vec<Value>, keys: &[&str]) {
    for item in old {
        let given: Vec<String> =
            keys.iter().filter_map(|key| item.get(*key).filter(|value| !value.is_null())).map(scalar_text).collect();
        if given.is_empty() {
            // An element without any key pushes out all others: so kustomize does.
            *added = vec![item];
            continue;
        }
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        if keys.len() > 1 {
            added.retain(|other| !is_same(other, keys, &given) && !is_empty(other));
        }
        put(added, item, keys, &given);
    }
}

/// Unites two lists of scalars, the patch's first.
fn unite(old: &mut Vec<Value>, patch: &[Value]) {
    let mut united: Vec<Value> = Vec::new();
    for item in patch.iter().chain(old.iter()) {
        if !item.is_null() && !united.iter().any(|other| scalar_text(other) == scalar_text(item)) {
            united.push(item.clone());
        }
    }
    *old = united;
}

/// Fills in keys that one element leaves out and another, otherwise equal, has.
fn complete(values: &mut [Vec<String>]) {
    for first in 0..values.len() {
        for second in 0..values.len() {
            let pairs = values[first].iter().zip(&values[second]);
            let common = pairs.clone().any(|(a, b)| a == b);
            if common && pairs.clone().all(|(a, b)| a == b || a.is_empty() || b.is_empty()) {
                let full: Vec<String> = pairs.map(|(a, b)| if a.is_empty() { b } else { a }.clone()).collect();
                values[first].clone_from(&full);
                values[second] = full;
            }
        }
    }
}

fn key_text(item: &Value, key: &str) -> String {
    item.get(key).filter(|value| !value.is_null()).map_or(String::new(), scalar_text)
}

/// Whether an element has these values, where any of the keys are given.
fn holds(item: &Value, own: &[(&str, &str)], keys: &[&str]) -> bool {
    if !item.is_object() {
        return false;
    }
    if own.is_empty() {
        return keys.iter().all(|key| item.get(*key).is_some_and(|value| key_matches(value, "")));
    }
    own.iter().all(|(key, value)| item.get(*key).is_some_and(|found| key_matches(found, value)))
}

fn is_same(item: &Value, keys: &[&str], value: &[&str]) -> bool {
    keys.iter().zip(value).all(|(key, value)| item.get(*key).is_some_and(|found| key_matches(found, value)))
}

/// Whether a key's value is the one looked for; an empty one matches anything.
fn key_matches(found: &Value, value: &str) -> bool {
    value.is_empty() || scalar_text(found) == value
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}

/// Replaces every element with these keys, or appends.
fn put(list: &mut Vec<Value>, item: Value, keys: &[&str], value: &[&str]) {
    list.retain(|other| !is_empty(other));
    let mut found = false;
    for other in list.iter_mut() {
        if is_same(other, keys, value) {
            *other = item.clone();
            found = true;
        }
    }
    if !found {
        list.push(item);
    }
}
