//! Strict reading of YAML values: every mistake is named by file, field and line.

use serde_json::{Map, Value};

use super::error::BuildError;
use super::place::Place;

type Result<T> = std::result::Result<T, BuildError>;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) place: Place,
}

impl<'a> Node<'a> {
    pub(super) fn new(value: &'a Value, place: Place) -> Self {
        Self { value, place }
    }

    pub(super) fn string(&self) -> Result<String> {
        self.value.as_str().map(str::to_owned).ok_or_else(|| self.expected("a string"))
    }

    pub(super) fn boolean(&self) -> Result<bool> {
        self.value.as_bool().ok_or_else(|| self.expected("`true` or `false`"))
    }

    pub(super) fn integer(&self) -> Result<i64> {
        self.value.as_i64().ok_or_else(|| self.expected("an integer"))
    }

    pub(super) fn list(&self) -> Result<Vec<Self>> {
        let elements = self.value.as_array().ok_or_else(|| self.expected("a list"))?;
        Ok(elements.iter().enumerate().map(|(index, value)| Self::new(value, self.place.index(index))).collect())
    }

    pub(super) fn strings(&self) -> Result<Vec<String>> {
        self.list()?.iter().map(Self::string).collect()
    }

    /// A mapping of strings to strings, in the order of the keys.
    pub(super) fn string_map(&self) -> Result<Vec<(String, String)>> {
        let map = self.mapping()?;
        let mut pairs = map
            .iter()
            .map(|(key, value)| Ok((key.clone(), Self::new(value, self.place.key(key)).string_or_null()?)))
            .collect::<Result<Vec<_>>>()?;
        pairs.sort();
        Ok(pairs)
    }

    fn string_or_null(&self) -> Result<String> {
        if self.value.is_null() { Ok(String::new()) } else { self.string() }
    }

    fn mapping(&self) -> Result<&'a Map<String, Value>> {
        self.value.as_object().ok_or_else(|| self.expected("a mapping"))
    }

    pub(super) fn fields(&self) -> Result<Fields<'a>> {
        Ok(Fields { map: self.mapping()?, place: self.place.clone(), seen: Vec::new() })
    }

    fn expected(&self, what: &str) -> BuildError {
        let found = match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "a mapping",
        };
        self.place.error(format!("expected {what}, found {found}"))
    }
}

/// The fields of a mapping; those never asked for are mistakes.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    pub(super) place: Place,
    seen: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// A field that is there and not null. As kustomize does, upper and lower case are not told apart.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.seen.push(name);
        let (key, value) =
            self.map.get_key_value(name).or_else(|| self.map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))?;
        (!value.is_null()).then(|| Node::new(value, self.place.key(key)))
    }

    pub(super) fn string(&mut self, name: &'static str) -> Result<String> {
        self.take(name).map_or(Ok(String::new()), |node| node.string())
    }

    pub(super) fn boolean(&mut self, name: &'static str) -> Result<bool> {
        self.take(name).map_or(Ok(false), |node| node.boolean())
    }

    pub(super) fn strings(&mut self, name: &'static str) -> Result<Vec<String>> {
        self.take(name).map_or(Ok(Vec::new()), |node| node.strings())
    }

    pub(super) fn string_map(&mut self, name: &'static str) -> Result<Vec<(String, String)>> {
        self.take(name).map_or(Ok(Vec::new()), |node| node.string_map())
    }

    /// Reads every element of a list field.
    pub(super) fn each<T>(&mut self, name: &'static str, read: impl Fn(&Node<'a>) -> Result<T>) -> Result<Vec<T>> {
        self.take(name).map_or(Ok(Vec::new()), |node| node.list()?.iter().map(read).collect())
    }

    /// # Errors
    /// The first field that was never asked for.
    pub(super) fn finish(self) -> Result<()> {
        for key in self.map.keys() {
            if !self.seen.iter().any(|name| key.eq_ignore_ascii_case(name)) {
                return Err(self.place.key(key).error("kustomize knows no such field"));
            }
        }
        Ok(())
    }
}
