//! The entry `components: [gotk-options]` in a kustomization file, put in and taken out on the text, so that nothing else
//! of it changes. Taking out undoes putting in byte for byte; a layout for which that cannot be proven is refused.

use serde_json::{Map, Value, json};

use super::layout::FOLDER;
use crate::yaml;

const KEY: &str = "components";

/// A file that cannot be edited safely; the text is what is in the way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct EntryError(pub String);

/// The text with the entry, before all other components, so that theirs act later. The same text where it has one.
///
/// # Errors
/// A layout that cannot be edited safely.
pub(crate) fn inserted(text: &str) -> Result<String, EntryError> {
    let before = mapping(text)?;
    if has_entry(&before) {
        return Ok(text.to_owned());
    }
    let edited = insert(text, &before).ok_or_else(unsafe_layout)?;
    let mut expected = before;
    let others = expected.get(KEY).and_then(Value::as_array).cloned().unwrap_or_default();
    expected.insert(KEY.to_owned(), std::iter::once(json!(FOLDER)).chain(others).collect());
    let is_undone = |edited: &str| removed(edited).is_ok_and(|undone| undone == text);
    if mapping(&edited)? == expected && is_undone(&edited) { Ok(edited) } else { Err(unsafe_layout()) }
}

/// The text without the entry. The same text where it has none.
///
/// # Errors
/// A layout that cannot be edited safely.
pub(crate) fn removed(text: &str) -> Result<String, EntryError> {
    let before = mapping(text)?;
    if !has_entry(&before) {
        return Ok(text.to_owned());
    }
    let edited = remove(text).ok_or_else(unsafe_layout)?;
    let after = mapping(&edited)?;
    let rest = |fields: &Map<String, Value>| {
        let others = fields.get(KEY).and_then(Value::as_array).into_iter().flatten().filter(|entry| !is_entry(entry));
        (others.cloned().collect::<Vec<_>>(), without_key(fields))
    };
    if rest(&after) == rest(&before) && !has_entry(&after) { Ok(edited) } else { Err(unsafe_layout()) }
}

fn without_key(fields: &Map<String, Value>) -> Map<String, Value> {
    fields.iter().filter(|(key, _)| *key != KEY).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn unsafe_layout() -> EntryError {
    EntryError("it is laid out in a way in which nothing can be added without changing more".to_owned())
}

fn mapping(text: &str) -> Result<Map<String, Value>, EntryError> {
    let value = yaml::parse_one(text).map_err(|error| EntryError(error.to_string()))?;
    let fields = value.as_object().cloned().unwrap_or_default();
    let other_spelling = fields.keys().any(|key| key != KEY && key.eq_ignore_ascii_case(KEY));
    if other_spelling || text.trim_start().starts_with('{') { Err(unsafe_layout()) } else { Ok(fields) }
}

fn has_entry(fields: &Map<String, Value>) -> bool {
    fields.get(KEY).and_then(Value::as_array).is_some_and(|entries| entries.iter().any(is_entry))
}

fn is_entry(entry: &Value) -> bool {
    entry.as_str().is_some_and(is_folder)
}

fn is_folder(text: &str) -> bool {
    text.trim_matches(['"', '\'']).trim_start_matches("./").trim_end_matches('/') == FOLDER
}

fn insert(text: &str, fields: &Map<String, Value>) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let Some(value) = fields.get(KEY) else {
        let at = place(&lines)?;
        lines.insert(at, format!("{KEY}:{end}- {FOLDER}{end}"));
        return Some(lines.concat());
    };
    let at = key_line(&lines)?;
    let rest = content(&lines[at])[KEY.len() + 1..].trim();
    if let Some(inner) = rest.strip_prefix('[') {
        let open = lines[at].find('[')? + 1;
        let gap = if inner.trim_start().starts_with(']') { "" } else { ", " };
        lines[at].insert_str(open, &format!("{FOLDER}{gap}"));
        return Some(lines.concat());
    }
    let is_list_below = rest.is_empty() && lines[at].ends_with('\n');
    let indent = match value {
        Value::Array(_) => {
            lines.get(at + 1..)?.iter().find(|line| !content(line).trim().is_empty()).map(|line| indent(line))?
        }
        // Where there was nothing, the entry stands out from one that came with its key.
        Value::Null => 2,
        _ => return None,
    };
    lines.insert(at + 1, format!("{}- {FOLDER}{end}", " ".repeat(indent)));
    is_list_below.then(|| lines.concat())
}

/// Where the key goes: below `kind` or `apiVersion`, whole lines both, or else above the first field.
fn place(lines: &[String]) -> Option<usize> {
    let below = ["kind:", "apiVersion:"].into_iter().find_map(|key| {
        let at = lines.iter().position(|line| line.starts_with(key))?;
        lines[at].ends_with('\n').then_some(at + 1)
    });
    below.or_else(|| {
        let is_field = |line: &String| line.starts_with(|c: char| c.is_ascii_alphabetic());
        lines.iter().position(is_field)
    })
}

fn remove(text: &str) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let at = key_line(&lines)?;
    let rest = content(&lines[at])[KEY.len() + 1..].trim().to_owned();
    if rest.starts_with('[') {
        lines[at] = without_flow_entry(&lines[at])?;
        return Some(lines.concat());
    }
    let is_element = |line: &str| content(line).trim_start().starts_with('-');
    let ends = lines.iter().skip(at + 1).position(|line| !content(line).trim().is_empty() && !is_element(line));
    let end = ends.map_or(lines.len(), |length| at + 1 + length);
    let elements: Vec<usize> = (at + 1..end).filter(|line| is_element(&lines[*line])).collect();
    let ours = *elements.iter().find(|line| {
        content(&lines[**line]).trim_start().strip_prefix('-').is_some_and(|entry| is_folder(entry.trim()))
    })?;
    let came_with_key = elements.len() == 1 && indent(&lines[ours]) == 0 && lines[at].trim_end() == format!("{KEY}:");
    lines.remove(ours);
    if came_with_key {
        lines.remove(at);
    }
    Some(lines.concat())
}

fn without_flow_entry(line: &str) -> Option<String> {
    let (open, close) = (line.find('[')?, line.rfind(']')?);
    let inner = line.get(open + 1..close)?;
    let mut from = 0;
    for part in inner.split(',') {
        let to = from + part.len();
        if is_folder(part.trim()) {
            // With the comma behind it and the space after that, or with the comma before it.
            let rest = inner[to..].strip_prefix(", ").or_else(|| inner[to..].strip_prefix(','));
            let kept = match rest {
                Some(rest) => format!("{}{rest}", &inner[..from]),
                None => inner[..from].strip_suffix(',').unwrap_or(&inner[..from]).to_owned(),
            };
            return Some(format!("{}{kept}{}", &line[..=open], &line[close..]));
        }
        from = to + 1;
    }
    None
}

fn key_line(lines: &[String]) -> Option<usize> {
    lines.iter().position(|line| line.strip_prefix(KEY).is_some_and(|rest| rest.starts_with(':')))
}

/// A line without its comment and its end.
fn content(line: &str) -> &str {
    let line = line.trim_end();
    if line.trim_start().starts_with('#') {
        return "";
    }
    line.find(" #").map_or(line, |at| &line[..at])
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_goes_in_and_out_without_another_trace() {
        for (before, after) in [
            (
                "kind: Kustomization\nresources: []\n",
                "kind: Kustomization\ncomponents:\n- gotk-options\nresources: []\n",
            ),
            ("# x\r\nresources:\r\n- a\r\n", "# x\r\ncomponents:\r\n- gotk-options\r\nresources:\r\n- a\r\n"),
            ("apiVersion: a\nkind: Kustomization", "apiVersion: a\ncomponents:\n- gotk-options\nkind: Kustomization"),
            ("---\nresources: [a]", "---\ncomponents:\n- gotk-options\nresources: [a]"),
            ("components:\n- ../a # one\n- b\n", "components:\n- gotk-options\n- ../a # one\n- b\n"),
            ("components:\n  # first\n  - a\nx: 1", "components:\n  - gotk-options\n  # first\n  - a\nx: 1"),
            ("components: # none yet\nx: 1\n", "components: # none yet\n  - gotk-options\nx: 1\n"),
            ("components:\nx: 1\n", "components:\n  - gotk-options\nx: 1\n"),
            ("components: [a, b] # two\n", "components: [gotk-options, a, b] # two\n"),
            ("components: []\n", "components: [gotk-options]\n"),
            ("components: [ a ]\nx: 1\n", "components: [gotk-options,  a ]\nx: 1\n"),
        ] {
            assert_eq!(inserted(before).as_deref(), Ok(after), "{before}");
            assert_eq!(removed(after).as_deref(), Ok(before), "{after}");
            assert_eq!(inserted(after).as_deref(), Ok(after));
            assert_eq!(removed(before).as_deref(), Ok(before));
        }
    }

    #[test]
    fn entries_of_other_hands_are_known_too() {
        for (before, after) in [
            ("components:\n- a\n- ./gotk-options/ # ours\n", "components:\n- a\n"),
            ("components: [a, 'gotk-options']\n", "components: [a]\n"),
            ("x: 1\ncomponents:\n- \"gotk-options\"\n", "x: 1\n"),
        ] {
            assert_eq!(inserted(before).as_deref(), Ok(before));
            assert_eq!(removed(before).as_deref(), Ok(after));
        }
    }

    #[test]
    fn layouts_that_cannot_be_edited_are_refused() {
        for text in [
            "{\"resources\": []}",
            "components: [a,\n  b]\n",
            "components: {a: 1}\n",
            "components: &c [a]\nx: *c\n",
            "\"components\":\n- a\n",
            "Components: [a]\n",
            "components:",
            "? resources\n: - a\n",
            "a: 1\n---\nb: 1\n",
            "a: [\n",
        ] {
            assert!(inserted(text).is_err(), "{text}: {:?}", inserted(text));
        }
    }
}
