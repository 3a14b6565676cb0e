//! One object on its way through an overlay, with the names it had before.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::merge_keys::is_cluster_scoped;
use super::shared::Shared;
use super::spelling::Spelling;

/// What stands for the namespace of an object that has none by nature.
const NO_NAMESPACE: &str = "_non_namespaceable_";

/// What identifies an object: no two objects of an overlay may have the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) name: String,
    /// The effective namespace: `default` where none is given, a placeholder for cluster-scoped kinds.
    pub(super) namespace: String,
}

impl Id {
    /// Whether group, version and kind are those given; empty ones match anything.
    pub(super) fn is_kind(&self, group: &str, version: &str, kind: &str) -> bool {
        (group.is_empty() || group == self.group)
            && (version.is_empty() || version == self.version)
            && (kind.is_empty() || kind == self.kind)
    }

    /// Whether the object is known to be outside all namespaces.
    pub(super) fn is_cluster_scoped(&self) -> bool {
        self.namespace == NO_NAMESPACE
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ", self.kind)?;
        if !self.is_cluster_scoped() {
            write!(formatter, "{}/", self.namespace)?;
        }
        formatter.write_str(&self.name)
    }
}

/// A former name of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Previous {
    pub(super) kind: String,
    pub(super) name: String,
    /// The effective namespace.
    pub(super) namespace: String,
}

/// What a generator may do with an object that already exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Behavior {
    #[default]
    Create,
    Replace,
    Merge,
}

/// An object and what the overlay remembers of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Resource {
    pub(super) object: Value,
    pub(super) previous: Vec<Previous>,
    pub(super) prefixes: Vec<String>,
    pub(super) suffixes: Vec<String>,
    pub(super) needs_hash: bool,
    pub(super) behavior: Behavior,
    pub(super) shared: Shared,
    /// The variables that take their value from it.
    pub(super) variables: Vec<String>,
    /// The text of the origin annotation, where origins are tracked.
    pub(super) origin: Option<String>,
    /// The transformers that have seen it, where they are tracked.
    pub(super) transformations: Vec<String>,
    /// Whether a generator of the overlay made it.
    pub(super) is_generated: bool,
    /// How it is written, as far as that matters and still holds.
    pub(super) spelling: Spelling,
}

impl Resource {
    pub(super) fn new(object: Value) -> Self {
        Self { object, ..Self::default() }
    }

    pub(super) fn api_version(&self) -> &str {
        text(&self.object, "apiVersion")
    }

    pub(super) fn kind(&self) -> &str {
        text(&self.object, "kind")
    }

    pub(super) fn name(&self) -> &str {
        self.object.get("metadata").map_or("", |metadata| text(metadata, "name"))
    }

    /// The namespace as written, empty if none is.
    pub(super) fn namespace(&self) -> &str {
        self.object.get("metadata").map_or("", |metadata| text(metadata, "namespace"))
    }

    /// Group and version of the API.
    pub(super) fn group_version(&self) -> (&str, &str) {
        split_api_version(self.api_version())
    }

    pub(super) fn id(&self) -> Id {
        let (group, version) = self.group_version();
        let namespace = if is_cluster_scoped(self.api_version(), self.kind()) {
            NO_NAMESPACE
        } else if self.namespace().is_empty() {
            "default"
        } else {
            self.namespace()
        };
        Id {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: self.kind().to_owned(),
            name: self.name().to_owned(),
            namespace: namespace.to_owned(),
        }
    }

    /// The former identities, oldest first.
    pub(super) fn previous_ids(&self) -> impl Iterator<Item = Id> {
        let (group, version) = self.group_version();
        self.previous.iter().map(move |previous| Id {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: previous.kind.clone(),
            name: previous.name.clone(),
            namespace: previous.namespace.clone(),
        })
    }

    /// The first identity it ever had.
    pub(super) fn original_id(&self) -> Id {
        self.previous_ids().next().unwrap_or_else(|| self.id())
    }

    /// Whether it has or had this identity.
    pub(super) fn has_id(&self, id: &Id) -> bool {
        self.id() == *id || self.previous_ids().any(|previous| previous == *id)
    }

    /// Remembers the present identity before it changes.
    pub(super) fn remember(&mut self) {
        let id = self.id();
        self.previous.push(Previous { kind: id.kind, name: id.name, namespace: id.namespace });
    }

    /// Carries a change of a value that stands at several places to all of them.
    pub(super) fn spread_shared(&mut self) {
        self.shared.spread(&mut self.object);
    }

    /// The metadata, created if it is missing.
    pub(super) fn metadata(&mut self) -> &mut Map<String, Value> {
        object_in(&mut self.object, "metadata")
    }

    pub(super) fn set_name(&mut self, name: &str) {
        self.metadata().insert("name".to_owned(), name.into());
    }

    /// Sets the namespace; removes it if it is empty.
    pub(super) fn set_namespace(&mut self, namespace: &str) {
        if namespace.is_empty() {
            self.metadata().shift_remove("namespace");
        } else {
            self.metadata().insert("namespace".to_owned(), namespace.into());
        }
    }

    pub(super) fn labels(&self) -> Vec<(String, String)> {
        self.string_map("labels")
    }

    pub(super) fn annotations(&self) -> Vec<(String, String)> {
        self.string_map("annotations")
    }

    /// A map of the metadata with every value as its text.
    pub(super) fn string_map(&self, field: &str) -> Vec<(String, String)> {
        let map = self.object.get("metadata").and_then(|metadata| metadata.get(field)).and_then(Value::as_object);
        map.into_iter().flatten().map(|(key, value)| (key.clone(), scalar_text(value))).collect()
    }

    /// Replaces a map of the metadata; an empty one is removed.
    pub(super) fn set_string_map(&mut self, field: &str, pairs: Vec<(String, String)>) {
        let metadata = self.metadata();
        metadata.shift_remove(field);
        if !pairs.is_empty() {
            let map = pairs.into_iter().map(|(key, value)| (key, Value::String(value))).collect();
            metadata.insert(field.to_owned(), Value::Object(map));
        }
    }
}

/// Splits `group/version`; the core group is empty.
pub(super) fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// The mapping in a field, created if the field is missing or something else.
pub(super) fn object_in<'a>(value: &'a mut Value, field: &str) -> &'a mut Map<String, Value> {
    let parent = as_object(value);
    as_object(parent.entry(field).or_insert_with(|| Value::Object(Map::new())))
}

fn as_object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("made an object above")
}

/// A text field, empty if it is missing or not text.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or("")
}

/// The text of a scalar as it would stand in YAML; empty for lists and mappings.
pub(super) fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// An identity that two objects share.
pub(super) fn first_duplicate(resources: &[Resource]) -> Option<Id> {
    let mut seen = HashSet::with_capacity(resources.len());
    resources.iter().map(Resource::id).find(|id| !seen.insert(id.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn identity_uses_the_effective_namespace() {
        let secret = Resource::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}));
        assert_eq!(secret.id().namespace, "default");
        let role = Resource::new(
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a", "namespace": "x"}}),
        );
        assert!(role.id().is_cluster_scoped());
        assert_eq!(role.id().group, "rbac.authorization.k8s.io");
    }

    #[test]
    fn former_names_are_kept_oldest_first() {
        let mut resource = Resource::new(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}));
        resource.remember();
        resource.set_name("b");
        resource.remember();
        resource.set_name("c");
        assert_eq!(resource.original_id().name, "a");
        assert_eq!(resource.previous_ids().map(|id| id.name).collect::<Vec<_>>(), ["a", "b"]);
    }
}
