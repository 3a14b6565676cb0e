//! Finding one's way in a schema of one's own.

use serde_json::Value;

/// How long a chain of references may be.
const MAX_REFERENCES: usize = 20;

/// One definition of a schema of one's own, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    document: &'a Value,
    schema: &'a Value,
}

impl<'a> Part<'a> {
    pub(super) fn new(document: &'a Value, schema: &'a Value) -> Self {
        Self { document, schema }
    }

    /// The part that a field holds.
    pub(super) fn field(self, name: &str) -> Option<Self> {
        let field = self.schema["properties"]
            .get(name)
            .or_else(|| self.schema.get("additionalProperties").filter(|schema| schema.is_object()))?;
        self.resolved(field)
    }

    /// The elements of a list, where they are defined.
    pub(super) fn elements(self) -> Option<Self> {
        let is_list = self.schema["type"] == "array" || self.schema["type"] == serde_json::json!(["array"]);
        self.resolved(self.schema.get("items").filter(|_| is_list)?)
    }

    /// The keys by which the elements of a list are merged; none where the list is replaced.
    pub(super) fn merge_keys(self) -> Option<Vec<&'a str>> {
        if self.schema["x-kubernetes-patch-strategy"] != "merge" {
            return None;
        }
        if let Some(keys) = self.schema["x-kubernetes-list-map-keys"].as_array() {
            return Some(keys.iter().filter_map(Value::as_str).collect());
        }
        Some(self.schema["x-kubernetes-patch-merge-key"].as_str().into_iter().collect())
    }

    fn resolved(self, schema: &'a Value) -> Option<Self> {
        let mut schema = schema;
        for _ in 0..MAX_REFERENCES {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
                return Some(Self { schema, ..self });
            };
            schema = self.document.pointer(reference.strip_prefix('#')?)?;
        }
        None
    }
}
