//! What kustomize knows of an object besides its values: how some of them are written.

use serde_json::{Map, Value};

use super::place::Step;
use crate::yaml::{Content, Node, Reading};

/// The spellings that decide what becomes of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Spelling {
    /// Values that are left out (`key:` and nothing), which strategic merges drop where they come along; a written
    /// `null` stays.
    pub(super) left_out: Vec<Vec<Step>>,
    /// The labels as text, as they are written.
    pub(super) labels: Vec<(String, String)>,
    /// The annotations as text, as they are written.
    pub(super) annotations: Vec<(String, String)>,
    /// The values of annotations that are no text, which count as soon as the object becomes JSON.
    pub(super) annotation_values: Vec<(String, Value)>,
    /// Keys that are there twice: the path to each and the line of the second one.
    pub(super) repeated: Vec<(Vec<String>, usize)>,
}

impl Spelling {
    /// Looks at an object as it is written.
    pub(super) fn of(object: &Node, reading: Reading) -> Self {
        let mut left_out = Vec::new();
        find_left_out(object, &mut Vec::new(), &mut left_out);
        let metadata = object.get("metadata");
        let field = |name: &str| metadata.and_then(|metadata| metadata.get(name));
        Self {
            left_out,
            labels: texts(field("labels")),
            annotations: texts(field("annotations")),
            annotation_values: field("annotations").map(|map| values(map, reading)).unwrap_or_default(),
            repeated: object.repeated_keys(),
        }
    }

    /// Makes the annotations of an object the texts that are written, since that is what comes out of kustomize.
    pub(super) fn write_annotations(&self, object: &mut Value, keeps_null: bool) {
        let Some(Value::Object(map)) = object.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"))
        else {
            return;
        };
        for (key, text) in &self.annotations {
            if let Some(value) = map.get_mut(key).filter(|value| !keeps_null || !value.is_null()) {
                *value = Value::String(text.clone());
            }
        }
    }

    /// Makes the annotations of an object the values that its JSON form has.
    pub(super) fn restore_annotations(&self, annotations: &mut Map<String, Value>) {
        for (key, value) in &self.annotation_values {
            let written = self.annotations.iter().find(|(name, _)| name == key);
            let found = annotations.get_mut(key);
            if let (Some((_, written)), Some(found)) = (written, found)
                && found == written
            {
                *found = value.clone();
            }
        }
    }
}

fn find_left_out(node: &Node, path: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    match &node.content {
        Content::Scalar(scalar) if scalar.is_left_out() => found.push(path.clone()),
        Content::Scalar(_) => {}
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                find_left_out(item, path, found);
                path.pop();
            }
        }
        Content::Mapping(pairs) => {
            for (key, value) in pairs {
                path.push(Step::Key(key.scalar().map_or_else(String::new, |key| key.text.clone())));
                find_left_out(value, path, found);
                path.pop();
            }
        }
    }
}

/// The entries of a mapping as text; what is no scalar is empty.
fn texts(map: Option<&Node>) -> Vec<(String, String)> {
    let Some(Content::Mapping(pairs)) = map.map(|map| &map.content) else { return Vec::new() };
    let mut texts: Vec<(String, String)> = Vec::new();
    for (key, value) in pairs {
        let key = key.scalar().map_or_else(String::new, |key| key.text.clone());
        let text = value.scalar().map_or_else(String::new, |value| value.text.clone());
        texts.retain(|(name, _)| *name != key);
        texts.push((key, text));
    }
    texts
}

/// The entries of a mapping whose values are no text.
fn values(map: &Node, reading: Reading) -> Vec<(String, Value)> {
    let Content::Mapping(pairs) = &map.content else { return Vec::new() };
    let read = |(key, node): &(Node, Node)| {
        let (key, written) = (key.scalar()?, node.scalar()?);
        let value = node.read(reading).ok()?;
        (value != written.text.as_str()).then(|| (key.text.clone(), value))
    };
    pairs.iter().filter_map(read).collect()
}
