//! `replacements`: copying a field of one object into fields of others.

use serde_json::Value;

use super::error::BuildError;
use super::field_path::{Create, look_up, path_parts, plain, text_of, visit};
use super::file::{At, FieldOptions, Replacement, ReplacementEntry, ReplacementSource, ReplacementTarget, replacement};
use super::generators::escape;
use super::load::{Loader, weight};
use super::place::Place;
use super::reader::Node;
use super::resource::{Id, Resource};
use super::selector::Matcher;
use crate::yaml;

type Result<T> = std::result::Result<T, BuildError>;

/// How long a text may become, in bytes: more than any object of Kubernetes holds.
const MAX_TEXT: usize = 4 << 20;

/// Carries out one entry of `replacements`.
pub(super) fn replace(
    loader: &Loader<'_>,
    directory: &str,
    resources: &mut [Resource],
    entry: &At<ReplacementEntry>,
) -> Result<()> {
    match &entry.value {
        ReplacementEntry::Inline(one) => apply(loader, resources, one, &entry.place),
        ReplacementEntry::Path(path) => {
            let from = entry.place.key("path");
            let path = loader.path(directory, path, &from)?;
            let (value, place) = loader.value(&path, &from)?;
            let node = Node::new(&value, place);
            let nodes = if value.is_array() { node.list()? } else { vec![node] };
            nodes.iter().try_for_each(|node| apply(loader, resources, &replacement(node)?, &node.place))
        }
    }
}

fn apply(loader: &Loader<'_>, resources: &mut [Resource], one: &Replacement, place: &Place) -> Result<()> {
    let value = match (&one.source, &one.source_value) {
        (Some(source), _) => read(resources, source).map_err(|message| place.key("source").error(message))?,
        (None, Some(value)) => Value::String(value.clone()),
        (None, None) => return Err(place.error("`source` is missing")),
    };
    for target in &one.targets {
        loader.tick(place)?;
        write(loader, resources, &value, target)?;
    }
    Ok(())
}

/// The identities of an object, the present one with its namespace as written.
fn identities(resource: &Resource) -> Vec<Id> {
    let written = Id { namespace: resource.namespace().to_owned(), ..resource.id() };
    std::iter::once(written).chain(resource.previous_ids()).collect()
}

fn read(resources: &[Resource], source: &ReplacementSource) -> std::result::Result<Value, String> {
    let wanted = &source.id;
    let effective = |namespace: &str| if namespace.is_empty() { "default".to_owned() } else { namespace.to_owned() };
    let is_wanted = |id: &Id| {
        (wanted.name.is_empty() || wanted.name == id.name)
            && (wanted.namespace.is_empty() || effective(&wanted.namespace) == effective(&id.namespace))
            && id.is_kind(&wanted.group, &wanted.version, &wanted.kind)
    };
    let mut found = resources.iter().filter(|resource| identities(resource).iter().any(is_wanted));
    let kind = if wanted.kind.is_empty() { "object" } else { &wanted.kind };
    let described = if wanted.name.is_empty() { kind.to_owned() } else { format!("{kind} `{}`", wanted.name) };
    let resource = found.next().ok_or_else(|| format!("there is no {described}"))?;
    if found.next().is_some() {
        return Err(format!("several objects are or were {described}"));
    }
    let path = path_parts(&source.field_path);
    let value = look_up(&resource.object, &path).filter(|value| !is_empty(value));
    let value = value.ok_or_else(|| format!("there is nothing at `{}` of {}", source.field_path, resource.id()))?;
    if source.options.delimiter.is_empty() {
        return Ok(value.clone());
    }
    let text = text_of(value).ok_or("`delimiter` needs a scalar")?;
    let index = usize::try_from(source.options.index).ok();
    let piece = index.and_then(|index| text.split(&source.options.delimiter).nth(index).map(str::to_owned));
    let piece = piece.ok_or_else(|| format!("index {} is out of bounds for `{text}`", source.options.index))?;
    Ok(retyped(value, &piece))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn write(loader: &Loader<'_>, resources: &mut [Resource], value: &Value, target: &At<ReplacementTarget>) -> Result<()> {
    let place = &target.place;
    let select = Matcher::new(&target.value.select).map_err(|message| place.key("select").error(message))?;
    let reject = target.value.reject.iter().map(Matcher::new).collect::<std::result::Result<Vec<_>, _>>();
    let reject = reject.map_err(|message| place.key("reject").error(message))?;
    for resource in resources.iter_mut() {
        let ids = identities(resource);
        if !select.selects_metadata(resource)
            || reject.iter().any(|matcher| {
                (matcher.has_metadata() && matcher.selects_metadata(resource))
                    || (matcher.has_identity() && ids.iter().any(|id| matcher.selects_id(id)))
            })
            || !ids.iter().any(|id| select.selects_id(id))
        {
            continue;
        }
        let id = resource.id();
        for path in &target.value.field_paths {
            loader.charge(weight(value), place)?;
            let mut grown = 0;
            set(&mut resource.object, value, path, &target.value.options, &mut grown)
                .map_err(|message| place.error(format!("cannot write to `{path}` of {id}: {message}")))?;
            resource.spread_shared();
            loader.charge(grown, place)?;
        }
    }
    Ok(())
}

fn set(
    object: &mut Value,
    value: &Value,
    path: &str,
    options: &FieldOptions,
    grown: &mut usize,
) -> std::result::Result<(), String> {
    let parts = path_parts(path);
    if set_within_text(object, value, &parts, options.create, grown) {
        return Ok(());
    }
    let mut count = 0;
    visit(object, &parts, Create::new(options.create, value), &mut |field, is_new| {
        count += 1;
        assign(field, is_new, value, options, grown)
    })?;
    if count == 0 { Err("there is no such field".to_owned()) } else { Ok(()) }
}

fn assign(
    field: &mut Value,
    is_new: bool,
    value: &Value,
    options: &FieldOptions,
    grown: &mut usize,
) -> std::result::Result<(), String> {
    if options.delimiter.is_empty() {
        return put(field, is_new, value);
    }
    let old = if is_new { String::new() } else { text_of(field).ok_or("`delimiter` needs a scalar")? };
    *grown += old.len();
    let new = text_of(value).unwrap_or_default();
    if old.len() + new.len() > MAX_TEXT {
        return Err("the text grows beyond all measure".to_owned());
    }
    let mut pieces: Vec<&str> = old.split(&options.delimiter).collect();
    match usize::try_from(options.index) {
        Err(_) => pieces.insert(0, &new),
        Ok(index) if index >= pieces.len() => pieces.push(&new),
        Ok(index) => pieces[index] = &new,
    }
    put(field, is_new, &Value::String(pieces.join(&options.delimiter)))
}

/// A scalar keeps its type; anything else is replaced whole.
fn put(field: &mut Value, is_new: bool, value: &Value) -> std::result::Result<(), String> {
    *field = match (&*field, text_of(value)) {
        (_, Some(text)) if is_new => plain(&text),
        (Value::Array(_) | Value::Object(_), _) => value.clone(),
        (scalar, text) => {
            let text = text.unwrap_or_default();
            let new = retyped(scalar, &text);
            let fits = match scalar {
                Value::Bool(_) => new.is_boolean(),
                Value::Number(old) => new.is_i64() || new.is_u64() || (new.is_f64() && old.is_f64()),
                _ => true,
            };
            if !fits {
                return Err(format!("`{text}` cannot stand for `{scalar}`, which is no text"));
            }
            new
        }
    };
    Ok(())
}

/// A text with the type of another scalar.
fn retyped(like: &Value, text: &str) -> Value {
    if like.is_string() { Value::String(text.to_owned()) } else { plain(text) }
}

/// Where the path leads into a text that is YAML or JSON itself: writes there; `false` if it does not.
fn set_within_text(object: &mut Value, value: &Value, path: &[String], create: bool, grown: &mut usize) -> bool {
    for length in 1..path.len() {
        let (outer, inner) = path.split_at(length);
        let Some(Value::String(text)) = look_up(object, outer) else { continue };
        let Ok(mut parsed) = yaml::parse_one(text) else { continue };
        let mut count = 0;
        let done = visit(&mut parsed, inner, Create::new(create, value), &mut |field, is_new| {
            count += 1;
            put(field, is_new, value)
        });
        if done.is_err() || count == 0 {
            return false;
        }
        *grown += text.len() + weight(&parsed);
        let written = serialized(&parsed, text);
        let mut replaced = false;
        // The same way as it was found; conditions match once only here.
        let result = visit(object, outer, Create::Nothing, &mut |field, _| {
            if !replaced && field.is_string() {
                *field = Value::String(written.clone());
                replaced = true;
            }
            Ok(())
        });
        return result.is_ok() && replaced;
    }
    false
}

/// Writes a structure in the layout its text had: JSON on one line or several, or YAML.
fn serialized(value: &Value, before: &str) -> String {
    if !before.trim_start().starts_with(['{', '[']) {
        return yaml::write(value).trim().to_owned();
    }
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    let json = if before.contains('\n') && before.contains("  ") {
        serde_json::to_string_pretty(&sorted).expect("a JSON value can always be written")
    } else {
        sorted.to_string()
    };
    escape(&json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_their_type() {
        assert_eq!(retyped(&Value::from(1), "80"), Value::from(80));
        assert_eq!(retyped(&Value::from("1"), "80"), Value::from("80"));
        assert_eq!(plain("a: b"), Value::from("a: b"));
    }
}
