//! Changes to single fields of YAML text that leave the rest of it, comments included, as it is.
//!
//! An edit is made on lines and then checked by parsing: where the text is laid out in a way that the edit does not
//! understand, the document is written anew from its content, so no more than layout and comments can be lost.

use serde_json::{Map, Value};

use crate::yaml::{self, YamlError};

/// One document of a stream, with its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// The text after the `---` line, comments included.
    text: String,
    /// The `---` line before it, with its comment; empty at the start of a stream that has none.
    marker: String,
    /// The content; null where there is none.
    pub(crate) value: Value,
    /// The 1-based line of the stream at which the text starts, behind blank lines and comments; 0 for a new document.
    pub(crate) line: usize,
}

/// A field's new value, or none to remove it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// The keys that lead to it, outermost first.
    pub(crate) path: Vec<String>,
    /// What it shall be.
    pub(crate) value: Option<Value>,
}

/// Cuts a stream into its documents, such that [`join`] gives the same bytes back.
///
/// # Errors
/// The first document that is not YAML.
pub(crate) fn split(stream: &str) -> Result<Vec<Part>, YamlError> {
    let mut pieces = vec![(1, String::new(), String::new())];
    for (index, line) in stream.split_inclusive('\n').enumerate() {
        if is_marker(line) {
            pieces.push((index + 2, line.to_owned(), String::new()));
        } else if let Some(piece) = pieces.last_mut() {
            piece.2.push_str(line);
        }
    }
    pieces
        .into_iter()
        .map(|(line, marker, text)| {
            let value = yaml::parse_one(&text)
                .map_err(|error| YamlError { line: line + error.line - 1, message: error.message })?;
            let blank = text.lines().take_while(|line| !is_content(line)).count();
            Ok(Part { text, marker, value, line: line + blank })
        })
        .collect()
}

/// Whether a line begins a document. A comment may follow; content may not, since it belongs to the text.
fn is_marker(line: &str) -> bool {
    let rest = line.strip_prefix("---").map(str::trim_end);
    rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#')))
}

/// The stream of documents.
pub(crate) fn join(parts: &[Part]) -> String {
    let mut stream = String::new();
    for part in parts {
        if !stream.is_empty() && !stream.ends_with('\n') {
            stream.push('\n');
        }
        stream.push_str(&part.marker);
        stream.push_str(&part.text);
    }
    stream
}

impl Part {
    /// A new document.
    pub(crate) fn of_value(value: Value) -> Self {
        Self { text: yaml::write(&value), marker: "---\n".to_owned(), value, line: 0 }
    }

    /// Changes fields; nothing else of the document changes.
    pub(crate) fn set(&mut self, fields: &[Field]) {
        for field in fields {
            let old = field.path.iter().try_fold(&self.value, |value, key| value.get(key)).cloned();
            set_in_value(&mut self.value, &field.path, field.value.as_ref());
            let edits = [extend_in_text(&self.text, field, old.as_ref()), set_in_text(&self.text, field)];
            let is_right = |text: &String| yaml::parse_one(text).as_ref() == Ok(&self.value);
            self.text = edits.into_iter().flatten().find(is_right).unwrap_or_else(|| {
                let comments: String =
                    self.text.split_inclusive('\n').take_while(|line| line.trim_start().starts_with('#')).collect();
                format!("{comments}{}", yaml::write(&self.value))
            });
        }
    }
}

fn set_in_value(value: &mut Value, path: &[String], new: Option<&Value>) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut holder = value;
    for key in parents {
        if !holder[key.as_str()].is_object() {
            if new.is_none() {
                return;
            }
            holder[key.as_str()] = Value::Object(Map::new());
        }
        holder = &mut holder[key.as_str()];
    }
    let Some(map) = holder.as_object_mut() else { return };
    match new {
        Some(new) => {
            let at = map.keys().position(|key| key > last).filter(|_| !map.contains_key(last));
            match at {
                Some(at) => map.shift_insert(at, last.clone(), new.clone()),
                None => map.insert(last.clone(), new.clone()),
            };
        }
        None => {
            map.shift_remove(last);
        }
    }
}

/// Edits block mappings; `None` where the text is laid out otherwise.
fn set_in_text(text: &str, field: &Field) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (siblings, indent) = siblings(&lines, &field.path)?;
    let last = field.path.last()?;
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let written = field.value.as_ref().map(|value| {
        let fragment = yaml::write(&Value::Object(Map::from_iter([(last.clone(), value.clone())])));
        fragment.lines().map(|line| format!("{}{line}{line_end}", " ".repeat(indent))).collect::<String>()
    });
    let (from, to, new) = match (siblings.iter().find(|entry| entry.key == *last), written) {
        (Some(entry), Some(new)) => {
            (entry.start, entry.end, with_comment(&lines[entry.start..entry.end], new, line_end))
        }
        (Some(entry), None) => (entry.start, entry.end, String::new()),
        (None, Some(new)) => {
            // In alphabetical order among keys that are, above the comments of the next one.
            let before = siblings.iter().position(|entry| entry.key > *last);
            let at = match before {
                Some(0) => siblings[0].start,
                Some(next) => siblings[next - 1].end,
                None => siblings.last()?.end,
            };
            (at, at, new)
        }
        (None, None) => return Some(text.to_owned()),
    };
    let mut edited: String = lines[..from].concat();
    if !edited.is_empty() && !edited.ends_with('\n') {
        edited.push_str(line_end);
    }
    edited.push_str(&new);
    edited.extend(lines[to..].iter().copied());
    Some(edited)
}

/// Writes only the new elements of a block list that keeps its old ones, so that these keep their text.
fn extend_in_text(text: &str, field: &Field, old: Option<&Value>) -> Option<String> {
    let (old, new) = (old?.as_array().filter(|old| !old.is_empty())?, field.value.as_ref()?.as_array()?);
    let before = new.windows(old.len()).position(|run| run == old)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (siblings, _) = siblings(&lines, &field.path)?;
    let entry = siblings.iter().find(|entry| Some(&entry.key) == field.path.last())?;
    let first = (entry.start + 1..entry.end).find(|at| is_content(lines[*at]))?;
    let indent = indentation(lines[first]);
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let elements = |elements: &[Value]| match elements {
        [] => String::new(),
        elements => {
            let written = yaml::write(&Value::Array(elements.to_vec()));
            written.lines().map(|line| format!("{}{line}{line_end}", " ".repeat(indent))).collect()
        }
    };
    let mut edited: String = lines[..=entry.start].concat();
    edited.push_str(&elements(&new[..before]));
    edited.extend(lines[entry.start + 1..entry.end].iter().copied());
    if !edited.ends_with('\n') {
        edited.push_str(line_end);
    }
    edited.push_str(&elements(&new[before + old.len()..]));
    edited.extend(lines[entry.end..].iter().copied());
    Some(edited)
}

/// The keys of the block mapping that holds the last one of a path, and their indentation.
fn siblings(lines: &[&str], path: &[String]) -> Option<(Vec<Entry>, usize)> {
    let (_, parents) = path.split_last()?;
    let (mut start, mut end, mut indent) = (0, lines.len(), 0);
    for key in parents {
        let entry = entries(lines, start, end, indent).into_iter().find(|entry| entry.key == *key)?;
        (start, end) = (entry.start + 1, entry.end);
        let first = (start..end).find(|at| is_content(lines[*at]))?;
        indent = indentation(lines[first]);
    }
    Some((entries(lines, start, end, indent), indent))
}

/// Keeps the comment behind a value of one line.
fn with_comment(old: &[&str], new: String, line_end: &str) -> String {
    let comment = old[0].find(" #").map(|at| old[0][at..].trim_end());
    match comment {
        Some(comment) if old.len() == 1 && new.lines().count() == 1 => {
            format!("{}{comment}{line_end}", new.trim_end())
        }
        _ => new,
    }
}

struct Entry {
    key: String,
    start: usize,
    /// Behind its last line; comments and blank lines before the next key are not part of it.
    end: usize,
}

/// The keys of the block mapping at an indentation, within a range of lines.
fn entries(lines: &[&str], start: usize, end: usize, indent: usize) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    for at in (start..end).filter(|at| is_content(lines[*at])) {
        let line = lines[at].trim();
        if indentation(lines[at]) == indent && line != "-" && !line.starts_with("- ") {
            let key = line.split_once(": ").map_or_else(|| line.trim_end_matches(':'), |(key, _)| key.trim_end());
            found.push(Entry { key: key.trim_matches(['"', '\'']).to_owned(), start: at, end: at + 1 });
        } else if let Some(entry) = found.last_mut() {
            entry.end = at + 1;
        }
    }
    found
}

fn is_content(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with('#')
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edited(text: &str, path: &[&str], value: Option<Value>) -> String {
        let mut parts = split(text).unwrap();
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        parts[0].set(&[Field { path, value }]);
        let stream = join(&parts);
        assert_eq!(yaml::parse_one(&stream).unwrap(), parts[0].value);
        stream
    }

    #[test]
    fn a_stream_joins_to_the_same_bytes() {
        for text in
            ["", "a: 1", "# x\n---\na: 1\n---\n\n--- \nb: 2\n", "---\r\na: 1\r\n", "--- # x\na: 1\n---\t#y\nb: 1\n"]
        {
            assert_eq!(join(&split(text).unwrap()), text);
        }
    }

    #[test]
    fn values_of_every_layout_are_replaced() {
        let text = "s:\n  a: 1 # one\n  l:\n  - x\n  - y\n\n  # of z\n  z: |\n    a: 2\n";
        assert_eq!(edited(text, &["s", "a"], Some(json!(7))), text.replace("a: 1", "a: 7"));
        assert_eq!(edited(text, &["s", "l"], None), text.replace("  l:\n  - x\n  - y\n", ""));
        assert_eq!(
            edited(text, &["s", "m"], Some(json!({"k": "v"}))),
            text.replace("  - y\n", "  - y\n  m:\n    k: v\n")
        );
        assert_eq!(edited(text, &["s", "z"], Some(json!("w"))), text.replace("z: |\n    a: 2\n", "z: w\n"));
    }

    #[test]
    fn content_survives_layouts_that_are_not_understood() {
        assert_eq!(edited("# c\ns: {a: 1, b: 2}\n", &["s", "a"], Some(json!(3))), "# c\ns:\n  a: 3\n  b: 2\n");
        assert_eq!(edited("s: &x\n  a: 1\nt: *x\n", &["s", "a"], Some(json!(3))), "s:\n  a: 3\nt:\n  a: 1\n");
        assert_eq!(edited("t: 1", &["s", "a"], Some(json!(3))), "t: 1\ns:\n  a: 3\n");
    }

    #[test]
    fn elements_that_stay_keep_their_text() {
        let text = "s:\n  l:\n    # one\n    - {a: 1} # flow\n  m: 1\n";
        let new = json!([{"b": 1}, {"a": 1}, {"c": 1}]);
        let expected = text.replace("  l:\n", "  l:\n    - b: 1\n").replace("  m", "    - c: 1\n  m");
        assert_eq!(edited(text, &["s", "l"], Some(new.clone())), expected);
        assert_eq!(edited("s:\n  l: [{a: 1}]\n", &["s", "l"], Some(new)), "s:\n  l:\n  - b: 1\n  - a: 1\n  - c: 1\n");
    }

    #[test]
    fn line_ends_stay_as_they_are() {
        assert_eq!(edited("s:\r\n  a: 1\r\n", &["s", "a"], Some(json!(3))), "s:\r\n  a: 3\r\n");
    }
}
