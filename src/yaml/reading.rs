//! From nodes to JSON values, as the reader of a file takes them. Each difference between the readers is decided here.

use serde_json::{Map, Number, Value};

use super::emitter::{fits_block, rewritten};
use super::error::YamlError;
use super::node::{Content, Node, Scalar, Style};
use super::number::shortest;
use super::schema::{Resolved, Schema, resolve};

/// Who reads, which decides what a spelling means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A file of Flux or Kubernetes on its own: YAML 1.2 booleans, dates are text, no key twice.
    Plain,
    /// A resource of an overlay: YAML 1.2 booleans, dates become timestamps, folded text is rewritten, no key twice,
    /// keys are text.
    Resource,
    /// A strategic merge patch: as a resource, but of a key that is there twice the first counts.
    StrategicPatch,
    /// A kustomization file or a JSON patch: YAML 1.1 booleans, dates are text, of a key that is there twice the last
    /// counts.
    Yaml11,
}

/// Which of two equal keys counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Twice {
    Refused,
    First,
    Last,
}

impl Reading {
    fn schema(self) -> Schema {
        if self == Self::Yaml11 { Schema::Yaml11 } else { Schema::Core }
    }

    fn twice(self) -> Twice {
        match self {
            Self::Plain | Self::Resource => Twice::Refused,
            Self::StrategicPatch => Twice::First,
            Self::Yaml11 => Twice::Last,
        }
    }

    /// Whether kustomize writes the node and reads it once more.
    fn is_rewritten(self) -> bool {
        matches!(self, Self::Resource | Self::StrategicPatch)
    }
}

impl Node {
    /// The value that the node has for a reader.
    ///
    /// # Errors
    /// What the reader refuses: a key that is there twice, a key that is no text, a value that does not fit its tag, an
    /// infinite number.
    pub(crate) fn read(&self, reading: Reading) -> Result<Value, YamlError> {
        match &self.content {
            // The keys of an object's own fields are read as text, whatever they look like.
            Content::Mapping(pairs) => mapping(pairs, reading, true, self.is_flow),
            _ => self.nested(reading, false),
        }
    }

    fn nested(&self, reading: Reading, in_flow: bool) -> Result<Value, YamlError> {
        let in_flow = in_flow || self.is_flow;
        match &self.content {
            Content::Scalar(scalar) => self.scalar_value(scalar, reading, in_flow),
            Content::Sequence(items) => items.iter().map(|item| item.nested(reading, in_flow)).collect(),
            Content::Mapping(pairs) => mapping(pairs, reading, false, in_flow),
        }
    }

    fn error(&self, message: impl Into<String>) -> YamlError {
        YamlError { line: self.line, message: message.into() }
    }

    fn resolved(&self, scalar: &Scalar, reading: Reading) -> Result<Resolved, YamlError> {
        let resolved = resolve(&scalar.text, reading.schema());
        let fits = match scalar.tag.as_str() {
            "" if scalar.style == Style::Plain => return Ok(resolved),
            // Go's older library takes the bare mark for text, the newer one for nothing.
            "!" if reading.schema() == Schema::Core && scalar.style == Style::Plain => return Ok(resolved),
            "!!null" => resolved == Resolved::Null,
            "!!bool" => matches!(resolved, Resolved::Bool(_)),
            "!!int" => matches!(resolved, Resolved::Int(_) | Resolved::Uint(_)),
            "!!float" => matches!(resolved, Resolved::Int(_) | Resolved::Float(_)),
            "!!timestamp" => matches!(resolved, Resolved::Timestamp(_)),
            _ => return Ok(Resolved::Text),
        };
        if fits { Ok(resolved) } else { Err(self.error(format!("`{}` is no `{}`", scalar.text, scalar.tag))) }
    }

    fn scalar_value(&self, scalar: &Scalar, reading: Reading, in_flow: bool) -> Result<Value, YamlError> {
        let is_block = matches!(scalar.style, Style::Literal | Style::Folded);
        if is_block && reading.is_rewritten() && scalar.text.starts_with('\t') && fits_block(&scalar.text) {
            return Err(self.error("kustomize cannot write a block that begins with a tab; write it in double quotes"));
        }
        Ok(match self.resolved(scalar, reading)? {
            // Between brackets, Go writes what is left out as an empty text.
            Resolved::Null
                if in_flow && reading == Reading::Resource && scalar.is_left_out() && scalar.tag.is_empty() =>
            {
                "".into()
            }
            Resolved::Null => Value::Null,
            Resolved::Bool(value) => value.into(),
            Resolved::Int(value) => value.into(),
            Resolved::Uint(value) => value.into(),
            Resolved::Float(value) => Number::from_f64(value).map(Value::Number).ok_or_else(|| {
                self.error(format!("`{}` is a number that JSON does not have; quote it", scalar.text))
            })?,
            // Between brackets, Go writes what holds a colon in quotes.
            Resolved::Timestamp(value) if reading.is_rewritten() && !(in_flow && scalar.text.contains(':')) => {
                value.into()
            }
            Resolved::Text if scalar.tag == "!!binary" => self.binary(&scalar.text)?.into(),
            Resolved::Text if scalar.style == Style::Folded && reading.is_rewritten() => rewritten(&scalar.text).into(),
            Resolved::Timestamp(_) | Resolved::Merge | Resolved::Text => scalar.text.clone().into(),
        })
    }

    fn binary(&self, text: &str) -> Result<String, YamlError> {
        use base64::Engine as _;
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = base64::engine::general_purpose::STANDARD.decode(compact).ok();
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| self.error("`!!binary` is no base64 of a text"))
    }

    /// The text of a key.
    fn key(&self, reading: Reading, is_top: bool) -> Result<String, YamlError> {
        let Some(scalar) = self.scalar() else { return Err(self.error("a list or mapping cannot be a key")) };
        let text = &scalar.text;
        Ok(match self.resolved(scalar, reading)? {
            Resolved::Text | Resolved::Merge => text.clone(),
            Resolved::Timestamp(_) if !reading.is_rewritten() => text.clone(),
            Resolved::Null if reading != Reading::Plain => {
                return Err(self.error(format!("the key `{text}` is null; quote it")));
            }
            _ if reading.is_rewritten() && !is_top => {
                return Err(self.error(format!("the key `{text}` is no text for kustomize; quote it")));
            }
            Resolved::Bool(value) if reading == Reading::Yaml11 => value.to_string(),
            Resolved::Int(value) if reading == Reading::Yaml11 => value.to_string(),
            Resolved::Uint(value) if reading == Reading::Yaml11 => value.to_string(),
            #[expect(clippy::cast_possible_truncation, reason = "Go writes such keys with the digits of 32 bits")]
            Resolved::Float(value) if reading == Reading::Yaml11 => shortest(value as f32),
            _ => text.clone(),
        })
    }

    /// The keys that are there twice in a mapping, wherever they stand: the path to each, and its line.
    pub(crate) fn repeated_keys(&self) -> Vec<(Vec<String>, usize)> {
        let mut found = Vec::new();
        self.collect_repeated(&mut Vec::new(), &mut found);
        found
    }

    fn collect_repeated(&self, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, usize)>) {
        match &self.content {
            Content::Scalar(_) => {}
            Content::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(format!("[{index}]"));
                    item.collect_repeated(path, found);
                    path.pop();
                }
            }
            Content::Mapping(pairs) => {
                let mut seen = std::collections::HashSet::new();
                for (key, value) in pairs {
                    let text = key.scalar().map_or_else(String::new, |scalar| scalar.text.clone());
                    path.push(text.clone());
                    if !seen.insert(text) {
                        found.push((path.clone(), key.line));
                    }
                    value.collect_repeated(path, found);
                    path.pop();
                }
            }
        }
    }
}

fn mapping(pairs: &[(Node, Node)], reading: Reading, is_top: bool, in_flow: bool) -> Result<Value, YamlError> {
    let mut map = Map::with_capacity(pairs.len());
    let mut merged = Vec::new();
    for (key, value) in pairs {
        if key
            .scalar()
            .is_some_and(|scalar| scalar.text == "<<" && scalar.style == Style::Plain && scalar.tag.is_empty())
        {
            merged.push(value);
            continue;
        }
        let name = key.key(reading, is_top)?;
        if map.contains_key(&name) {
            match reading.twice() {
                Twice::Refused => return Err(key.error(format!("the key `{name}` is there twice"))),
                Twice::First => continue,
                Twice::Last => {}
            }
        }
        map.insert(name, value.nested(reading, in_flow)?);
    }
    for source in merged {
        merge(&mut map, source, reading, in_flow)?;
    }
    Ok(Value::Object(map))
}

/// Adds what a merge key (`<<`) names; what is there already stays.
fn merge(map: &mut Map<String, Value>, source: &Node, reading: Reading, in_flow: bool) -> Result<(), YamlError> {
    match &source.content {
        Content::Mapping(pairs) => {
            if let Value::Object(fields) = mapping(pairs, reading, false, in_flow)? {
                for (key, value) in fields {
                    map.entry(key).or_insert(value);
                }
            }
            Ok(())
        }
        Content::Sequence(items) if items.iter().all(|item| matches!(item.content, Content::Mapping(_))) => {
            items.iter().try_for_each(|item| merge(map, item, reading, in_flow))
        }
        _ => Err(source.error("`<<` takes a mapping or a list of mappings")),
    }
}

/// Whether a plain scalar of a resource is text.
pub(crate) fn is_text(text: &str) -> bool {
    matches!(resolve(text, Schema::Core), Resolved::Text | Resolved::Merge)
}

/// The value of a plain scalar of a resource.
pub(crate) fn plain_value(text: &str) -> Value {
    match resolve(text, Schema::Core) {
        Resolved::Null => Value::Null,
        Resolved::Bool(value) => value.into(),
        Resolved::Int(value) => value.into(),
        Resolved::Uint(value) => value.into(),
        Resolved::Float(value) => value.into(),
        Resolved::Timestamp(value) => value.into(),
        Resolved::Merge | Resolved::Text => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml::first;

    fn read(text: &str, reading: Reading) -> Result<Value, YamlError> {
        first(text)?.root.map_or(Ok(Value::Null), |root| root.read(reading))
    }

    /// Each text with what kustomize makes of it in a resource and in a JSON patch.
    #[test]
    fn values() {
        for (text, resource, json_patch) in [
            ("a: on", json!("on"), json!(true)),
            ("a: 2024-05-06", json!("2024-05-06T00:00:00Z"), json!("2024-05-06")),
            ("a: 2024-05-06 07:08:09", json!("2024-05-06T07:08:09Z"), json!("2024-05-06 07:08:09")),
            ("{a: 2024-05-06 07:08:09}", json!("2024-05-06 07:08:09"), json!("2024-05-06 07:08:09")),
            ("{a: 2024-05-06}", json!("2024-05-06T00:00:00Z"), json!("2024-05-06")),
            ("a: !!timestamp '2024-05-06'", json!("2024-05-06T00:00:00Z"), json!("2024-05-06")),
            ("a:", json!(null), json!(null)),
            ("{a: , b: c}", json!(""), json!(null)),
            ("a: 1e400", json!("1e400"), json!("1e400")),
            ("a: 18446744073709551616", json!(18_446_744_073_709_551_616.0), json!(18_446_744_073_709_551_616.0)),
            ("a: >\n  one\n    deep", json!("one\n\n  deep"), json!("one\n  deep")),
            ("a: >\n  one\n", json!("one\n"), json!("one\n")),
            ("a: |\n  one", json!("one"), json!("one")),
            ("a: !!str yes", json!("yes"), json!("yes")),
            ("a: ! 1", json!(1), json!("1")),
            ("a: !!int '7'", json!(7), json!(7)),
            ("a: !!binary aGk=", json!("hi"), json!("hi")),
            ("a: !local x", json!("x"), json!("x")),
        ] {
            assert_eq!(read(text, Reading::Resource).unwrap()["a"], resource, "{text}");
            assert_eq!(read(text, Reading::Yaml11).unwrap()["a"], json_patch, "{text}");
        }
    }

    /// What kustomize refuses in a resource, and where.
    #[test]
    fn refusals() {
        for (text, line) in [
            ("a: .inf", 1),
            ("a:\n- .nan", 2),
            ("a: 1\na: 2", 2),
            ("a:\n  8080: x", 2),
            ("a:\n  true: x", 2),
            ("a: {2024-05-06: x}", 1),
            ("a: {~: x}", 1),
            ("a: !!bool yes", 1),
            ("a: !!int x", 1),
            ("a: |2\n  \tx", 2),
            ("a: {<<: 1}", 1),
        ] {
            assert_eq!(read(text, Reading::Resource).unwrap_err().line, line, "{text}");
        }
        assert_eq!(read("8080: x", Reading::Resource).unwrap(), json!({"8080": "x"}));
    }

    #[test]
    fn of_two_equal_keys_one_counts() {
        let text = "a: first\nb: {c: 1, c: 2}\na: last\n";
        assert_eq!(read(text, Reading::StrategicPatch).unwrap(), json!({"a": "first", "b": {"c": 1}}));
        assert_eq!(read(text, Reading::Yaml11).unwrap(), json!({"a": "last", "b": {"c": 2}}));
        assert!(read(text, Reading::Plain).unwrap_err().message.contains("twice"));
        let repeated = first(text).unwrap().root.unwrap().repeated_keys();
        assert_eq!(repeated, [(vec!["b".to_owned(), "c".to_owned()], 2), (vec!["a".to_owned()], 3)]);
    }

    #[test]
    fn keys_of_json_patches_are_made_text() {
        let keys = "{on: 1, 017: 2, 1.50: 3, 12345678.9: 4, 2024-05-06: 5}";
        let text = json!({"true": 1, "15": 2, "1.5": 3, "1.2345679e+07": 4, "2024-05-06": 5});
        assert_eq!(read(keys, Reading::Yaml11).unwrap(), text);
        assert!(read("{~: 1}", Reading::Yaml11).is_err());
    }

    #[test]
    fn merge_keys_add_what_is_not_there() {
        let text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], a: 0}\nq: {'<<': 5}\n";
        let value = read(text, Reading::Resource).unwrap();
        assert_eq!(value["z"], json!({"a": 0, "b": 2, "c": 4}));
        assert_eq!(value["q"], json!({"<<": 5}));
    }
}
