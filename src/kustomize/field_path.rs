//! The field paths of replacements: `spec.containers.[name=x].image`, with `*` for all elements of a list.

use serde_json::{Map, Value};

use super::field_spec::split;
use super::objects::normalize;
use super::resource::scalar_text;
use super::selector::expression;
use crate::yaml;

/// Splits a path at its dots; `[a.b]` is one name, `[name=x]` chooses elements of a list.
pub(super) fn path_parts(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut pieces = split(path, '.').into_iter();
    while let Some(piece) = pieces.next() {
        if !piece.starts_with('[') || piece.ends_with(']') {
            parts.push(piece);
            continue;
        }
        let mut bracketed = piece;
        for more in pieces.by_ref() {
            let is_last = more.ends_with(']');
            bracketed = format!("{bracketed}.{more}");
            if is_last {
                break;
            }
        }
        parts.push(if bracketed.contains('=') { bracketed } else { bracketed.trim_matches(['[', ']']).to_owned() });
    }
    parts
}

/// The value at a path, if there is exactly that.
pub(super) fn look_up<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(map) => map.get(part),
        Value::Array(list) => match (part.parse::<usize>(), condition(part)) {
            (Ok(index), _) => list.get(index),
            (_, Some(("", wanted))) => list.iter().find(|element| text_of(element).is_some_and(|text| text == wanted)),
            (_, Some((key, wanted))) => {
                list.iter().find(|element| element.get(key).and_then(text_of).is_some_and(|text| text == wanted))
            }
            _ if part == "-" => list.last(),
            _ => None,
        },
        _ => None,
    })
}

/// Key and value of `[key=value]`.
fn condition(part: &str) -> Option<(&str, &str)> {
    part.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

/// What to make where a path leads nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Create {
    Nothing,
    Scalar,
    Mapping,
    List,
}

impl Create {
    pub(super) fn new(create: bool, value: &Value) -> Self {
        match value {
            _ if !create => Self::Nothing,
            Value::Object(_) => Self::Mapping,
            Value::Array(_) => Self::List,
            _ => Self::Scalar,
        }
    }

    /// An empty value fit for the next part of a path.
    fn empty(self, next: Option<&String>) -> Value {
        match next {
            Some(part) if part == "*" || condition(part).is_some() || part.parse::<usize>().is_ok() => {
                Value::Array(Vec::new())
            }
            Some(_) => Value::Object(Map::new()),
            None => match self {
                Self::Mapping => Value::Object(Map::new()),
                Self::List => Value::Array(Vec::new()),
                Self::Scalar | Self::Nothing => Value::Null,
            },
        }
    }
}

pub(super) type Visitor<'a> = dyn FnMut(&mut Value, bool) -> std::result::Result<(), String> + 'a;

/// Calls `found` on every field that the path leads to, and says whether it is a new scalar.
pub(super) fn visit(
    value: &mut Value,
    path: &[String],
    create: Create,
    found: &mut Visitor<'_>,
) -> std::result::Result<(), String> {
    let Some((part, rest)) = path.split_first() else {
        let is_new = create == Create::Scalar && value.is_null();
        return found(value, is_new);
    };
    if let Ok(index) = part.parse::<usize>() {
        let list = value.as_array_mut().ok_or_else(|| format!("`{part}` needs a list"))?;
        if index == list.len() && create != Create::Nothing {
            list.push(create.empty(rest.first()));
        }
        let length = list.len();
        let element = list.get_mut(index);
        return visit(element.ok_or_else(|| format!("there are only {length} elements"))?, rest, create, found);
    }
    if part == "*" {
        let list = value.as_array_mut().ok_or("`*` needs a list")?;
        return list.iter_mut().try_for_each(|element| visit(element, rest, create, found));
    }
    if let Some((key, wanted)) = condition(part) {
        return visit_matching(value, key, wanted, rest, create, found);
    }
    match value {
        Value::Null => Ok(()),
        Value::Object(map) => {
            if !map.contains_key(part) {
                if create == Create::Nothing {
                    return Ok(());
                }
                map.insert(part.clone(), create.empty(rest.first()));
            }
            match map.get_mut(part) {
                Some(child) => visit(child, rest, create, found),
                None => Ok(()),
            }
        }
        _ => Err(format!("`{part}` needs a mapping")),
    }
}

fn visit_matching(
    value: &mut Value,
    key: &str,
    wanted: &str,
    rest: &[String],
    create: Create,
    found: &mut Visitor<'_>,
) -> std::result::Result<(), String> {
    let list = value.as_array_mut().ok_or_else(|| format!("`[{key}={wanted}]` needs a list"))?;
    let pattern = expression(wanted).map_err(|_| format!("`{wanted}` is not a regular expression"))?;
    let fits = |element: &Value| {
        let field = if key.is_empty() { Some(element) } else { element.get(key) };
        field.and_then(text_of).is_some_and(|text| pattern.is_match(text.trim()))
    };
    if create != Create::Nothing && !list.iter().any(fits) {
        list.push(if key.is_empty() {
            wanted.into()
        } else {
            Value::Object(Map::from_iter([(key.to_owned(), plain(wanted))]))
        });
    }
    let rest = if key.is_empty() { &[] } else { rest };
    list.iter_mut().filter(|element| fits(element)).try_for_each(|element| visit(element, rest, create, found))
}

/// What a text is when it stands in YAML without quotes.
pub(super) fn plain(text: &str) -> Value {
    let is_plain =
        text.len() < 64 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-._".contains(letter));
    let parsed = Some(text).filter(|_| is_plain).and_then(|text| yaml::parse_one(text).ok());
    let mut value = parsed.filter(|value| !value.is_object() && !value.is_array()).unwrap_or_else(|| text.into());
    normalize(&mut value);
    value
}

pub(super) fn text_of(value: &Value) -> Option<String> {
    (!value.is_array() && !value.is_object()).then(|| scalar_text(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_brackets() {
        assert_eq!(path_parts("spec.containers.[name=a.b].image"), ["spec", "containers", "[name=a.b]", "image"]);
        assert_eq!(path_parts("metadata.annotations.[a.b/c]"), ["metadata", "annotations", "a.b/c"]);
        assert_eq!(path_parts(r"metadata.annotations.a\.b"), ["metadata", "annotations", "a.b"]);
    }
}
