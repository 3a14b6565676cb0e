//! `configMapGenerator` and `secretGenerator`, and the hashes in the names of what they make.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::error::BuildError;
use super::file::{At, Generator, GeneratorOptions};
use super::load::Loader;
use super::place::Place;
use super::resource::{Behavior, Resource, object_in, scalar_text, text};
use super::spelling::Spelling;

type Result<T> = std::result::Result<T, BuildError>;

/// How long a line of base64 is.
const LINE: usize = 70;

/// Makes the object of one entry.
pub(super) fn generate(
    loader: &Loader<'_>,
    directory: &str,
    entry: &At<Generator>,
    global: Option<&GeneratorOptions>,
    is_secret: bool,
) -> Result<Resource> {
    let generator = &entry.value;
    let options = merged_options(&generator.options, global);
    let kind = if is_secret { "Secret" } else { "ConfigMap" };
    let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": generator.name}});
    if !generator.namespace.is_empty() {
        object["metadata"]["namespace"] = generator.namespace.clone().into();
    }
    if is_secret {
        let secret_type = if generator.secret_type.is_empty() { "Opaque" } else { &generator.secret_type };
        object["type"] = secret_type.into();
        object["data"] = json!({});
    }
    let mut seen = std::collections::HashSet::new();
    for Pair { key, value, place } in pairs(loader, directory, generator)? {
        if !seen.insert(key.clone()) {
            return Err(place.error(format!("the key `{key}` is given twice")));
        }
        let (field, text) = match String::from_utf8(value) {
            Ok(text) if !is_secret => ("data", text),
            Ok(text) => ("data", base64_lines(text.as_bytes())),
            Err(error) => (if is_secret { "data" } else { "binaryData" }, base64_lines(error.as_bytes())),
        };
        object_in(&mut object, field).insert(key, text.into());
    }
    if options.immutable {
        object["immutable"] = true.into();
    }
    let mut resource = Resource::new(object);
    resource.set_string_map("labels", options.labels);
    resource.set_string_map("annotations", options.annotations);
    resource.needs_hash = !options.disable_name_suffix_hash;
    resource.behavior = generator.behavior;
    resource.is_generated = true;
    Ok(resource)
}

/// The entry's options over those of the whole file; what the file switches on stays on.
fn merged_options(local: &GeneratorOptions, global: Option<&GeneratorOptions>) -> GeneratorOptions {
    let mut options = local.clone();
    if let Some(global) = global {
        let add = |ours: &mut Vec<(String, String)>, theirs: &[(String, String)]| {
            for (key, value) in theirs {
                if !ours.iter().any(|(name, _)| name == key) {
                    ours.push((key.clone(), value.clone()));
                }
            }
        };
        add(&mut options.labels, &global.labels);
        add(&mut options.annotations, &global.annotations);
        options.disable_name_suffix_hash |= global.disable_name_suffix_hash;
        options.immutable |= global.immutable;
    }
    options
}

struct Pair {
    key: String,
    value: Vec<u8>,
    place: Place,
}

fn pairs(loader: &Loader<'_>, directory: &str, generator: &Generator) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for env in &generator.envs {
        let path = loader.path(directory, &env.value, &env.place)?;
        let file = loader.text(&path, Some(&env.place))?;
        let content = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
        for line in content.lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            if key.is_empty() {
                continue;
            }
            pairs.push(Pair { key: key.to_owned(), value: value.into(), place: env.place.clone() });
        }
    }
    for literal in &generator.literals {
        let (key, value) = literal
            .value
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| literal.place.error(format!("`{}` is not `key=value`", literal.value)))?;
        pairs.push(Pair { key: key.to_owned(), value: unquoted(value).into(), place: literal.place.clone() });
    }
    for file in &generator.files {
        let (key, path) = file_source(&file.value).map_err(|message| file.place.error(message))?;
        let path = loader.path(directory, path, &file.place)?;
        let value = loader.bytes(&path, Some(&file.place))?;
        pairs.push(Pair { key: key.to_owned(), value, place: file.place.clone() });
    }
    Ok(pairs)
}

/// Takes off one pair of quotes around the whole value.
fn unquoted(value: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value)
}

/// Key and path of a `files` entry: `path`, or `key=path`.
pub(super) fn file_source(source: &str) -> std::result::Result<(&str, &str), String> {
    match source.split_once('=') {
        None => Ok((source.rsplit('/').find(|part| !part.is_empty()).unwrap_or(source), source)),
        Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => Ok((key, path)),
        Some(_) => Err(format!("`{source}` is neither `path` nor `key=path`")),
    }
}

/// Base64 in lines, each ended, unless it fits on one.
fn base64_lines(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    if encoded.len() < LINE {
        return encoded;
    }
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = more;
    }
    lines
}

/// Takes a generated object in: as a new one, or in place of the one that its behaviour tells it to change.
pub(super) fn absorb(resources: &mut Vec<Resource>, mut new: Resource, place: &Place) -> Result<()> {
    let id = new.id();
    let mut found = (0..resources.len()).filter(|index| resources[*index].has_id(&id));
    let (first, second) = (found.next(), found.next());
    if second.is_some() {
        return Err(place.error(format!("several objects are or were {id}")));
    }
    match (first, new.behavior) {
        (None, Behavior::Create) => resources.push(new),
        (None, _) => return Err(place.error(format!("there is no {id} to merge with or to replace"))),
        (Some(_), Behavior::Create) => {
            return Err(place.error(format!("there is a {id} already; `behavior` must be `merge` or `replace`")));
        }
        (Some(index), behavior) => {
            let old = &resources[index];
            for field in ["labels", "annotations"] {
                let pairs = over(old.string_map(field), new.string_map(field));
                new.set_string_map(field, pairs);
            }
            new.set_name(old.name());
            new.set_namespace(old.namespace());
            if behavior == Behavior::Merge {
                for field in ["data", "binaryData"] {
                    let pairs = over(texts(&old.object, field), texts(&new.object, field));
                    if let Some(map) = new.object.as_object_mut() {
                        map.shift_remove(field);
                    }
                    if !pairs.is_empty() {
                        let map = object_in(&mut new.object, field);
                        map.extend(pairs.into_iter().map(|(key, value)| (key, Value::String(value))));
                    }
                }
                new.origin.clone_from(&old.origin);
            }
            let old = std::mem::take(&mut resources[index]);
            resources[index] = Resource {
                object: new.object,
                needs_hash: new.needs_hash && old.needs_hash,
                origin: new.origin,
                spelling: Spelling::default(),
                ..old
            };
        }
    }
    Ok(())
}

fn texts(object: &Value, field: &str) -> Vec<(String, String)> {
    let map = object.get(field).and_then(Value::as_object);
    map.into_iter().flatten().map(|(key, value)| (key.clone(), scalar_text(value))).collect()
}

fn over(mut old: Vec<(String, String)>, new: Vec<(String, String)>) -> Vec<(String, String)> {
    for (key, value) in new {
        match old.iter_mut().find(|(name, _)| *name == key) {
            Some(pair) => pair.1 = value,
            None => old.push((key, value)),
        }
    }
    old.sort();
    old
}

/// Adds the hash of its content to the name of every generated object that has not opted out.
pub(super) fn add_hashes(resources: &mut [Resource]) {
    for resource in resources.iter_mut().filter(|resource| resource.needs_hash) {
        let hash = hash(&resource.object);
        resource.remember();
        let name = format!("{}-{hash}", resource.name());
        resource.set_name(&name);
    }
}

/// Kustomize's hash of an object's content: ten letters of a SHA-256 over its canonical JSON.
fn hash(object: &Value) -> String {
    let field = |name: &str| match object.get(name) {
        None => Value::String(String::new()),
        Some(Value::Object(map)) => Value::Object(sorted(map)),
        Some(Value::Array(_)) => Value::Null,
        Some(scalar) => Value::String(scalar_text(scalar)),
    };
    let mut content = Map::new();
    let kind = text(object, "kind");
    let optional = match kind {
        "Secret" => {
            content.insert("type".to_owned(), field("type"));
            "stringData"
        }
        _ => "binaryData",
    };
    content.insert("kind".to_owned(), kind.into());
    // The name counts as empty, for it is not looked for where it stands.
    content.insert("name".to_owned(), "".into());
    content.insert("data".to_owned(), field("data"));
    if object.get(optional).is_some_and(Value::is_object) {
        content.insert(optional.to_owned(), field(optional));
    }
    let canonical = escape(&Value::Object(sorted(&content)).to_string());
    let digest = Sha256::digest(canonical.as_bytes());
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    hex.chars()
        .map(|letter| match letter {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            other => other,
        })
        .collect()
}

fn sorted(map: &Map<String, Value>) -> Map<String, Value> {
    let mut pairs: Vec<(String, Value)> = map.clone().into_iter().collect();
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    pairs.into_iter().collect()
}

/// The characters that JSON from Go never holds as they are.
pub(super) fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_equal_kustomizes() {
        assert_eq!(hash(&json!({"kind": "ConfigMap", "metadata": {"name": "b"}, "data": {"a": "1"}})), "h29d89cmmt");
        let secret = json!({"kind": "Secret", "metadata": {"name": "c"}, "data": {"a": "MQ=="}, "type": "Opaque"});
        assert_eq!(hash(&secret), "25khgmg44c");
    }

    #[test]
    fn sources() {
        assert_eq!(file_source("a/b.txt").unwrap(), ("b.txt", "a/b.txt"));
        assert_eq!(file_source("k=a/b.txt").unwrap(), ("k", "a/b.txt"));
        for wrong in ["=a", "a=", "a=b=c"] {
            assert!(file_source(wrong).is_err(), "{wrong}");
        }
        assert_eq!(unquoted("\"a b\""), "a b");
        assert_eq!(unquoted("\"a'"), "\"a'");
        assert_eq!(unquoted("\""), "\"");
    }

    #[test]
    fn long_base64_is_broken_into_lines() {
        assert_eq!(base64_lines(b"ab"), "YWI=");
        let lines = base64_lines(&[b'x'; 60]);
        assert_eq!(lines.lines().map(str::len).collect::<Vec<_>>(), [70, 10]);
        assert!(lines.ends_with('\n'));
    }
}
