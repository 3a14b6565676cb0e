//! JSON values as YAML text.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::Value;

/// Writes one value in the layout of Flux's own files: two spaces, sequences not indented, no `---`.
pub fn write(value: &Value) -> String {
    let options = serde_saphyr::ser_options! { compact_list_indent: true, folded_wrap_chars: usize::MAX };
    serde_saphyr::to_string_with_options(&Layout(value), options).expect("a JSON value is always representable in YAML")
}

/// Writes several documents, separated by `---` lines.
pub fn write_all<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().map(write).collect::<Vec<_>>().join("---\n")
}

/// A value in the layout that every reader understands.
struct Layout<'a>(&'a Value);

impl Serialize for Layout<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            // Go's libraries take a tab at the start of a block for bad indentation.
            Value::String(text) if text.trim_start_matches('\n').starts_with('\t') => {
                serde_saphyr::DoubleQuoted(text).serialize(serializer)
            }
            Value::Array(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.len()))?;
                list.iter().try_for_each(|item| sequence.serialize_element(&Layout(item)))?;
                sequence.end()
            }
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(key, value)| map.serialize_entry(key, &Layout(value)))?;
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_that_begins_with_a_tab_is_no_block() {
        for text in ["\tx\ny\n", "\n\tx y\n", "\t\n"] {
            let written = write(&json!({"a": text, "b": [text]}));
            assert_eq!(crate::yaml::parse_one(&written).unwrap(), json!({"a": text, "b": [text]}), "{written}");
            assert!(written.starts_with("a: \"") && written.contains("- \""), "{written}");
        }
    }
}
