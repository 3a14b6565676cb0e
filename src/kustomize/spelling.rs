//! What kustomize knows of an object besides its values: how some of them are written.

use serde_json::{Map, Value};

use super::place::Step;
use crate::yaml::{self, Content, Node, Reading, Scalar, Style};

/// How a scalar is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Written {
    /// Without quotes, and no text; the spelling.
    Plain(String),
    /// In another style; the text as it stands there, where kustomize will rewrite it.
    Styled(Style, Option<String>),
}

/// The spellings that decide what becomes of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Spelling {
    /// Values that are left out (`key:` and nothing), which strategic merges drop where they come along; a written
    /// `null` stays.
    pub(super) left_out: Vec<Vec<Step>>,
    /// The values of mappings that are not plain text; `None` for an object that kustomize made from JSON.
    pub(super) written: Option<Vec<(Vec<Step>, Written)>>,
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
        let (mut left_out, mut written) = (Vec::new(), Vec::new());
        visit_scalars(object, &mut Vec::new(), &mut |scalar, path| {
            if scalar.is_left_out() {
                left_out.push(path.to_vec());
            } else if let (Some(Step::Key(_)), Some(style)) = (path.last(), style_of(scalar, reading)) {
                written.push((path.to_vec(), style));
            }
        });
        let mut spelling = Self { left_out, written: Some(written), ..Self::default() };
        spelling.forget("annotations");
        let metadata = object.get("metadata");
        let field = |name: &str| metadata.and_then(|metadata| metadata.get(name));
        Self {
            labels: texts(field("labels")),
            annotations: texts(field("annotations")),
            annotation_values: field("annotations").map(|map| values(map, reading)).unwrap_or_default(),
            repeated: object.repeated_keys(),
            ..spelling
        }
    }

    /// Forgets how the entries of a field of the metadata are written, because they are text now.
    pub(super) fn forget(&mut self, field: &str) {
        let is_below = |path: &[Step]| {
            let mut steps = path.iter().map(|step| match step {
                Step::Key(key) => key.as_str(),
                Step::Index(_) => "",
            });
            steps.next() == Some("metadata") && steps.next() == Some(field)
        };
        self.written.iter_mut().for_each(|written| written.retain(|(path, _)| !is_below(path)));
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

/// The style of a scalar, where it is not plain text.
fn style_of(scalar: &Scalar, reading: Reading) -> Option<Written> {
    let is_typed = matches!(scalar.tag.as_str(), "!!int" | "!!float" | "!!bool" | "!!timestamp");
    match scalar.style {
        // Once it has the style of another, a tag is no longer seen.
        _ if is_typed && reading == Reading::StrategicPatch => Some(Written::Plain(scalar.text.clone())),
        _ if is_typed => None,
        Style::Plain if !scalar.tag.is_empty() || yaml::is_text(&scalar.text) => None,
        // Only patches put scalars in place of others.
        Style::Plain if reading != Reading::StrategicPatch => None,
        Style::Plain => Some(Written::Plain(scalar.text.clone())),
        Style::Folded if reading == Reading::StrategicPatch => {
            Some(Written::Styled(Style::Folded, Some(scalar.text.clone())))
        }
        style => Some(Written::Styled(style, None)),
    }
}

fn visit_scalars(node: &Node, path: &mut Vec<Step>, visit: &mut impl FnMut(&Scalar, &[Step])) {
    match &node.content {
        Content::Scalar(scalar) => visit(scalar, path),
        Content::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                visit_scalars(item, path, visit);
                path.pop();
            }
        }
        Content::Mapping(pairs) => {
            for (key, value) in pairs {
                path.push(Step::Key(key.scalar().map_or_else(String::new, |key| key.text.clone())));
                visit_scalars(value, path, visit);
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
