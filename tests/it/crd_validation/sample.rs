//! Objects with every field set, made from the schemas.

use serde_json::{Map, Value, json};

/// For each pattern in the schemas: a text that fits, and one that does not.
const PATTERNS: [(&str, &str, &str); 18] = [
    (r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$", "1h30m", "1 hour"),
    (r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$", "1m30.5s", "1h"),
    (r"^(http|https)://.*$", "https://example.com", "example.com"),
    (r"^(http|https|oci)://.*$", "oci://example.com/charts", "ssh://example.com"),
    (r"^(http|https|ssh)://.*$", "ssh://git@example.com/fleet", "git@example.com:fleet"),
    (r"^oci://.*$", "oci://example.com/manifests", "https://example.com/manifests"),
    (r"^https?://", "https://issuer.example.com", "issuer.example.com"),
    (r"^$|^[^+:]", "refs/heads/main:refs/heads/auto", "+refs/heads/main"),
    (r"^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$", "sha256:0a1b", "0a1b"),
    (r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$", "Succeeded", "it went well"),
    (
        r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
        "example.com/Ready",
        "not ready",
    ),
    (r"^([a-zA-Z0-9_\-.\\\/]|\[[0-9]{1,5}\])+$", "image.tags[0]", "image tag"),
    (r"^[\-._a-zA-Z0-9]+$", "values.yaml", "values/yaml"),
    (r"^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)/(.*)$", "@source/apps/**", "source/apps"),
    (r"^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)$", "@source", "source"),
    (
        r"^@artifact/([^/]{0,1}|[^./][^/]|[.][^./]|[^/]{3,})(/([^/]{0,1}|[^./][^/]|[.][^./]|[^/]{3,}))*$",
        "@artifact/apps/",
        "@artifact/../etc",
    ),
    (r"^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$", "source_1", "Source"),
    (r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", "source-1", "source_1"),
];

/// A namespace's pattern differs from a name's by the order of its characters only.
const NAMESPACE: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// A text that fits the pattern, and one that does not.
///
/// # Panics
/// For a pattern that is not in the table.
pub(crate) fn texts_for(pattern: &str) -> (&'static str, &'static str) {
    if pattern == NAMESPACE {
        return ("apps", "Apps");
    }
    let row = PATTERNS.iter().find(|row| row.0 == pattern);
    row.map(|row| (row.1, row.2)).unwrap_or_else(|| panic!("no texts for the pattern {pattern}; add them to the table"))
}

/// A value that the schema allows, with every property set. What holds between properties is not looked at.
pub(crate) fn sample(schema: &Value) -> Value {
    if schema["x-kubernetes-preserve-unknown-fields"] == true {
        return json!({"replicas": 2, "nested": {"list": [1, "a", null]}});
    }
    match schema["type"].as_str() {
        Some("object") => {
            let mut object: Map<String, Value> = schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, property)| (name.clone(), sample(property)))
                .collect();
            if schema["additionalProperties"].is_object() {
                object.insert("key".to_owned(), sample(&schema["additionalProperties"]));
            }
            Value::Object(object)
        }
        Some("array") => json!([sample(&schema["items"])]),
        Some("boolean") => json!(true),
        Some("integer") => json!(3),
        Some("string") => match (&schema["enum"][0], &schema["pattern"], &schema["format"]) {
            (Value::String(first), ..) => json!(first),
            (_, Value::String(pattern), _) => json!(texts_for(pattern).0),
            (_, _, Value::String(format)) if format == "date-time" => json!("2026-01-02T03:04:05Z"),
            (_, _, Value::Null) => json!("text"),
            other => panic!("no sample for {other:?}"),
        },
        other => panic!("no sample for the type {other:?}"),
    }
}

/// A change of an object, by JSON pointer.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Takes the field away.
    Remove(String),
    /// Sets the field, whose parent exists.
    Set(String, Value),
}

pub(crate) fn remove(pointer: &str) -> Edit {
    Edit::Remove(pointer.to_owned())
}

pub(crate) fn set(pointer: &str, value: impl Into<Value>) -> Edit {
    Edit::Set(pointer.to_owned(), value.into())
}

/// The object with these changes.
pub(crate) fn edited(object: &Value, edits: &[Edit]) -> Value {
    let mut object = object.clone();
    for edit in edits {
        let (Edit::Remove(pointer) | Edit::Set(pointer, _)) = edit;
        let (parent, leaf) = pointer.rsplit_once('/').unwrap();
        let leaf = leaf.replace("~1", "/").replace("~0", "~");
        let parent = object.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}: no parent"));
        match (parent, edit) {
            (Value::Object(map), Edit::Remove(_)) => {
                assert!(map.shift_remove(&leaf).is_some(), "{pointer}: not there to be removed");
            }
            (Value::Object(map), Edit::Set(_, value)) => {
                map.insert(leaf, value.clone());
            }
            (Value::Array(list), Edit::Set(_, value)) => list[leaf.parse::<usize>().unwrap()] = value.clone(),
            (parent, edit) => panic!("{edit:?} does not fit {parent}"),
        }
    }
    object
}

/// Fields exclude each other, so that it takes up to two objects to have every field set: the edits of a full sample
/// that make each of them valid.
pub(crate) fn variants(kind: &str) -> Vec<Vec<Edit>> {
    match kind {
        "HelmRelease" => ["chartRef secretRef", "chart configMapRef"]
            .map(|removed| {
                let (chart, access) = removed.split_once(' ').unwrap();
                vec![
                    remove(&format!("/spec/{chart}")),
                    remove(&format!("/spec/kubeConfig/{access}")),
                    set("/spec/install/strategy/name", "RetryOnFailure"),
                    set("/spec/upgrade/strategy/name", "RetryOnFailure"),
                ]
            })
            .to_vec(),
        "Kustomization" => {
            ["secretRef", "configMapRef"].map(|access| vec![remove(&format!("/spec/kubeConfig/{access}"))]).to_vec()
        }
        "Provider" => vec![vec![set("/spec/type", "github")]],
        "ImagePolicy" => {
            vec![vec![], vec![set("/spec/digestReflectionPolicy", "IfNotPresent"), remove("/spec/interval")]]
        }
        "GitRepository" => vec![vec![set("/spec/provider", "azure")]],
        "Receiver" => vec![
            vec![set("/spec/type", "generic-oidc"), remove("/spec/secretRef")],
            vec![set("/spec/type", "github"), remove("/spec/oidcProviders")],
        ],
        "Bucket" => vec![
            vec![
                set("/spec/provider", "generic"),
                set("/spec/sts/provider", "ldap"),
                remove("/spec/serviceAccountName"),
            ],
            vec![
                set("/spec/provider", "aws"),
                set("/spec/sts/provider", "aws"),
                remove("/spec/sts/secretRef"),
                remove("/spec/sts/certSecretRef"),
                remove("/spec/secretRef"),
            ],
        ],
        _ => vec![vec![]],
    }
}
