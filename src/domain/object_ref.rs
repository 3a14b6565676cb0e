//! Naming one object of the cluster.

use std::fmt;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The coordinates of one object.
///
/// Prints as `Kind/namespace/name`, or `Kind/name` for objects outside namespaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// `group/version`, or the version alone for the core group.
    pub api_version: String,
    /// The kind, as in `Deployment`.
    pub kind: String,
    /// None for kinds outside namespaces.
    pub namespace: Option<String>,
    /// Unique for its kind in its namespace.
    pub name: String,
}

impl ObjectRef {
    /// An object in a namespace.
    pub fn namespaced(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..Self::cluster_wide(api_version, kind, name) }
    }

    /// An object outside namespaces.
    pub fn cluster_wide(api_version: &str, kind: &str, name: &str) -> Self {
        Self { api_version: api_version.to_owned(), kind: kind.to_owned(), namespace: None, name: name.to_owned() }
    }

    /// The coordinates of an object's JSON, if it has a version, a kind and a name.
    pub fn of(object: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Some(Self {
            api_version: text(&object["apiVersion"])?,
            kind: text(&object["kind"])?,
            namespace: text(&object["metadata"]["namespace"]),
            name: text(&object["metadata"]["name"])?,
        })
    }

    /// `namespace/name`, or the name alone for objects outside namespaces, as events name an object beside its kind.
    pub(crate) fn in_namespace(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }

    /// As people read it in a sentence: `GitRepository "flux-system/flux-system"`.
    pub(crate) fn in_words(&self) -> String {
        format!("{} \"{}\"", self.kind, self.in_namespace())
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The version within the group.
    pub fn version(&self) -> &str {
        self.api_version.split_once('/').map_or(&self.api_version, |(_, version)| version)
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{}/{namespace}/{}", self.kind, self.name),
            None => write!(formatter, "{}/{}", self.kind, self.name),
        }
    }
}

/// As it prints.
impl Serialize for ObjectRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// As two fields: `kind`, and `object` as [`ObjectRef::in_namespace`].
pub(crate) fn in_two<S: Serializer>(object: &ObjectRef, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("ObjectRef", 2)?;
    fields.serialize_field("kind", &object.kind)?;
    fields.serialize_field("object", &object.in_namespace())?;
    fields.end()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_named_by_kind_namespace_and_name() {
        let object =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "b"}});
        let reference = ObjectRef::of(&object).unwrap();
        assert_eq!(reference.to_string(), "Deployment/b/a");
        assert_eq!((reference.group(), reference.version()), ("apps", "v1"));
        let namespace = ObjectRef::cluster_wide("v1", "Namespace", "b");
        assert_eq!((namespace.to_string().as_str(), namespace.group(), namespace.version()), ("Namespace/b", "", "v1"));
        assert_eq!(ObjectRef::of(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {}})), None);
    }
}
