//! YAML in, JSON values out, and back: multi-document streams with the line each document starts at.
//!
//! The parser gives nodes as they are written; what a spelling means depends on who reads the file in the cluster, and
//! is decided in one place, `Reading`.

mod compose;
mod emitter;
mod error;
mod node;
mod number;
mod reading;
mod schema;
mod stream;
mod timestamp;
mod write;

use serde_json::Value;

pub(crate) use self::emitter::{is_plain, rewritten};
pub use self::error::YamlError;
pub(crate) use self::node::{Content, Node, Scalar, Style};
pub(crate) use self::number::shortest;
pub(crate) use self::reading::{Reading, is_text, plain_value};
pub(crate) use self::stream::{First, Resources, first, resources};
pub use self::write::{write, write_all};

/// One document of a YAML stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The content; mappings keep the order of the text.
    pub value: Value,
    /// The 1-based line of the stream at which the document starts.
    pub line: usize,
}

/// Parses every document of a stream; empty documents are left out.
///
/// # Errors
/// The first document that is not YAML, with its line in the whole stream.
pub fn parse(text: &str) -> Result<Vec<Document>, YamlError> {
    parse_as(text, Reading::Plain)
}

/// [`parse`] by the rules of another reader.
///
/// # Errors
/// The first document that is not YAML for that reader, with its line in the whole stream.
pub(crate) fn parse_as(text: &str, reading: Reading) -> Result<Vec<Document>, YamlError> {
    let mut documents = Vec::new();
    for root in stream::documents(text)? {
        let value = root.read(reading)?;
        if !value.is_null() {
            documents.push(Document { value, line: root.line });
        }
    }
    Ok(documents)
}

/// Parses a stream that must hold exactly one document; an empty one is `Value::Null`.
///
/// # Errors
/// Text that is not YAML, or a second document.
pub fn parse_one(text: &str) -> Result<Value, YamlError> {
    let mut documents = parse(text)?;
    if let Some(second) = documents.get(1) {
        return Err(YamlError { line: second.line, message: "a second document, where one is expected".to_owned() });
    }
    Ok(documents.pop().map_or(Value::Null, |document| document.value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_know_their_lines() {
        let documents = parse("# head\n---\n# note\na: 1\n---\n---\nb: [x, yes]\n").unwrap();
        assert_eq!(documents.iter().map(|document| document.line).collect::<Vec<_>>(), [4, 7]);
        assert_eq!(documents[1].value, json!({"b": ["x", "yes"]}));
    }

    #[test]
    fn errors_name_the_line_of_the_stream() {
        let error = parse("a: 1\n---\nb: 2\nc: [1\n").unwrap_err();
        assert!(error.line >= 4, "{error}");
        assert_eq!(parse_one("a: 1\n---\nb: 2\n").unwrap_err().line, 3);
    }

    #[test]
    fn written_as_flux_writes() {
        let value = json!({"a": {"list": [{"x": "1", "k": true}, {"z": null}], "t": "on", "empty": []}, "m": "l1\nl2\n", "v": "1m0s", "long": "a ".repeat(80)});
        let text = write(&value);
        assert_eq!(parse_one(&text).unwrap(), value, "{text}");
        assert!(text.starts_with("a:\n  list:\n  - x: \"1\"\n    k: true\n  - z: null\n  t: \"on\"\n  empty: []\nm: |\n  l1\n  l2\nv: 1m0s\n"), "{text}");
    }

    #[test]
    fn text_that_looks_like_something_else_is_quoted() {
        // What Go's YAML library, which reads these files in the cluster, would take for another type.
        let looks = [
            "true",
            "False",
            "yes",
            "No",
            "on",
            "OFF",
            "y",
            "n",
            "null",
            "Null",
            "~",
            "",
            "1",
            "-1",
            "+1",
            "1.0",
            "1e3",
            ".5",
            "1_000",
            "0x1F",
            "0o17",
            "017",
            "0b1",
            ".inf",
            "-.Inf",
            ".nan",
            "2024-01-01",
            "2024-01-01T00:00:00Z",
            "<<",
            "=",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#a",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "{a",
            "[a",
            "a\tb",
            " a",
            "a ",
            "'a'",
            "\"a\"",
            "|",
            ">",
            "?",
            "? a",
            ":",
            "a:",
            "1:30",
            "...",
            "---",
            "a\nb",
            "a\n",
            "\n",
            " \n",
            "\u{7}",
            "\u{85}",
            "\u{2028}",
            "\u{feff}",
            "ä",
            "🦀",
        ];
        for text in looks {
            let written = write(&json!({"key": text, "list": [text]}));
            assert_eq!(parse_one(&written).unwrap(), json!({"key": text, "list": [text]}), "{written}");
        }
        for text in &looks[..32] {
            let written = write(&json!({"key": text}));
            assert!(written.starts_with("key: \"") || written.starts_with("key: '"), "{written}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_content() {
        assert_eq!(parse_one("\u{feff}a: 1\n").unwrap(), json!({"a": 1}));
        assert_eq!(parse("\u{feff}# x\n---\na: 1\n").unwrap()[0].value, json!({"a": 1}));
        assert_eq!(parse("\u{feff}---\r\na: 1\r\n---\r\nb: 2\r\n").unwrap().len(), 2);
    }
}
