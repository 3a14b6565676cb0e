//! The style of scalars in a strategic merge. Kustomize gives a new value the style of the one it replaces, so a number
//! in place of a text in quotes becomes a text, and a text in place of a folded one is folded.
//!
//! While objects are merged, scalars whose style matters are texts that begin with a mark; see [`dress`].

use serde_json::Value;

use crate::kustomize::place::Step;
use crate::kustomize::spelling::{Spelling, Written};
use crate::yaml::{self, Style};

/// Begins a marked scalar. In a file, only a text in double quotes can hold it, and that one is marked itself.
const MARK: char = '\u{0}';

/// Fields whose values identify something, so they are compared and never replaced.
const IDENTITIES: [&str; 16] = [
    "$patch",
    "apiVersion",
    "containerPort",
    "devicePath",
    "hostPort",
    "ip",
    "key",
    "kind",
    "mountPath",
    "name",
    "namespace",
    "port",
    "protocol",
    "topologyKey",
    "type",
    "uid",
];

/// Marks the scalars of an object by the style they are written in.
pub(super) fn dress(object: &mut Value, spelling: &Spelling) {
    match &spelling.written {
        Some(written) => written.iter().for_each(|(path, written)| {
            dress_one(object, path, written);
        }),
        None => dress_made(object),
    }
}

fn dress_one(object: &mut Value, path: &[Step], written: &Written) -> Option<()> {
    let mut value = object;
    for step in path {
        value = match step {
            Step::Key(key) if IDENTITIES.contains(&key.as_str()) && is_scalar(value.get(key)?) => return None,
            Step::Key(key) => value.get_mut(key)?,
            Step::Index(index) => value.get_mut(*index)?,
        };
    }
    if marked(value).is_some() {
        // Of a key that is there twice, the first counts.
        return None;
    }
    let styled = match (written, &*value) {
        (Written::Plain(text), Value::Bool(_) | Value::Number(_) | Value::String(_)) => mark('p', text),
        (Written::Styled(Style::Folded, raw), Value::String(text)) => {
            raw.as_ref().map_or_else(|| mark('F', text), |raw| mark('f', raw))
        }
        (Written::Styled(..), Value::String(text)) => mark('q', text),
        _ => return None,
    };
    *value = styled;
    Some(())
}

/// Marks an object that kustomize made from JSON: what would be no text without quotes is in quotes.
fn dress_made(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if !IDENTITIES.contains(&key.as_str()) => {
                        if !yaml::is_plain(text) {
                            *value = mark('q', text);
                        }
                    }
                    _ => dress_made(value),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(dress_made),
        _ => {}
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn mark(style: char, text: &str) -> Value {
    Value::String(format!("{MARK}{style}{text}"))
}

/// The style and the text of a marked scalar.
fn marked(value: &Value) -> Option<(char, &str)> {
    let rest = value.as_str()?.strip_prefix(MARK)?;
    let style = rest.chars().next()?;
    Some((style, &rest[style.len_utf8()..]))
}

/// The new value in place of an old one, which gives it its style.
pub(super) fn restyled(old: &Value, new: &Value) -> Value {
    let (is_text, text) = match (marked(new), new) {
        (Some((style, text)), _) => (style != 'p', text),
        (None, Value::String(text)) => (true, text.as_str()),
        _ => return new.clone(),
    };
    match marked(old) {
        Some(('q', _)) => mark('q', text),
        Some(('f' | 'F', _)) => mark('f', text),
        _ if is_text => Value::String(text.to_owned()),
        _ => new.clone(),
    }
}

/// Takes the marks off, and says which styles there are now.
pub(super) fn undress(object: &mut Value) -> Vec<(Vec<Step>, Written)> {
    let mut found = Vec::new();
    undress_below(object, &mut Vec::new(), &mut found);
    found
}

fn undress_below(value: &mut Value, path: &mut Vec<Step>, found: &mut Vec<(Vec<Step>, Written)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                path.push(Step::Key(key.clone()));
                undress_below(value, path, found);
                path.pop();
            }
        }
        Value::Array(list) => {
            // Scalars in lists are never marked.
            for (index, value) in list.iter_mut().enumerate().filter(|(_, value)| !is_scalar(value)) {
                path.push(Step::Index(index));
                undress_below(value, path, found);
                path.pop();
            }
        }
        _ => {
            let Some((style, text)) = marked(value) else { return };
            let plain = match style {
                'p' => yaml::plain_value(text),
                'f' => Value::String(yaml::rewritten(text)),
                _ => Value::String(text.to_owned()),
            };
            if style != 'p' {
                let style = if style == 'q' { Style::Quoted } else { Style::Folded };
                found.push((path.clone(), Written::Styled(style, None)));
            }
            *value = plain;
        }
    }
}
