//! YAML as it is printed: the same content, spelled so that the sink has nothing to break in it.
//!
//! Only documents that would be broken, or that hold characters nobody sees, are written anew, with such texts in
//! double quotes and escaped. Their comments may be broken, but for those in front they are lost.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::sink::passes;
use crate::domain::server_text::is_unseen;
use crate::yaml::{self, Content, Node, Reading, Scalar, Style};

/// The stream for showing. What is not YAML, or too odd to be written anew, stays as it is.
pub(super) fn shown(stream: &str) -> Cow<'_, str> {
    if is_safe(stream) {
        return Cow::Borrowed(stream);
    }
    let mut parts = vec![String::new()];
    for line in stream.split_inclusive('\n') {
        if line.starts_with("---") {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
        }
    }
    Cow::Owned(parts.iter().map(|part| anew(part).unwrap_or_else(|| part.clone())).collect())
}

/// Whether nothing of a text is broken, obeyed or hidden.
fn is_safe(text: &str) -> bool {
    let mut rest = text.chars().peekable();
    let mut sees_all = true;
    while let Some(character) = rest.next() {
        let is_end = character == '\r' && rest.peek() == Some(&'\n');
        sees_all &= is_end || matches!(character, '\n' | '\t') || !is_unseen(character);
    }
    sees_all && passes(text)
}

/// The document written anew, where that is needed and gives the same content.
fn anew(part: &str) -> Option<String> {
    if is_safe(part) {
        return None;
    }
    let first = yaml::first(part).ok().filter(|first| first.ignored.is_none())?;
    let root = first.root?;
    let mut text: String = part.split_inclusive('\n').take_while(|line| line.starts_with(['#', '\n'])).collect();
    if part.starts_with("---") {
        text.push_str("---\n");
    }
    match &root.content {
        Content::Scalar(scalar) => {
            text.push_str(&written(scalar)?);
            text.push('\n');
        }
        _ => block(&root, 0, &mut text)?,
    }
    let read = |root: Node| root.read(Reading::Yaml11).ok();
    let again = yaml::first(&text).ok()?.root?;
    (read(again)? == read(root)?).then_some(text)
}

fn block(node: &Node, indentation: usize, out: &mut String) -> Option<()> {
    let margin = " ".repeat(indentation);
    match &node.content {
        Content::Scalar(scalar) => out.push_str(&written(scalar)?),
        Content::Sequence(items) => {
            for item in items {
                out.push_str(&margin);
                out.push('-');
                value(item, indentation + 2, out)?;
            }
        }
        Content::Mapping(pairs) => {
            for (key, of_key) in pairs {
                out.push_str(&margin);
                out.push_str(&written(key.scalar()?)?);
                out.push(':');
                value(of_key, indentation + 2, out)?;
            }
        }
    }
    Some(())
}

/// What stands behind a key or a dash.
fn value(node: &Node, indentation: usize, out: &mut String) -> Option<()> {
    match &node.content {
        Content::Scalar(scalar) => {
            let text = written(scalar)?;
            let _ = if text.is_empty() { writeln!(out) } else { writeln!(out, " {text}") };
        }
        Content::Sequence(items) if items.is_empty() => out.push_str(" []\n"),
        Content::Mapping(pairs) if pairs.is_empty() => out.push_str(" {}\n"),
        _ => {
            out.push('\n');
            block(node, indentation, out)?;
        }
    }
    Some(())
}

/// A scalar as one line; none for a tag that cannot be written as it was.
fn written(scalar: &Scalar) -> Option<String> {
    let text = if scalar.style == Style::Plain && is_safe(&scalar.text) && !scalar.text.contains(['\n', '\t']) {
        scalar.text.clone()
    } else {
        quoted(&scalar.text)
    };
    match scalar.tag.as_str() {
        "" => Some(text),
        tag if tag.starts_with('!') && is_safe(tag) => Some(format!("{tag} {text}")),
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    let is_broken = !passes(text);
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if is_unseen(character) || (is_broken && (character == '#' || !character.is_ascii())) => {
                let code = u32::from(character);
                let _ = match code {
                    ..=0xff => write!(quoted, "\\x{code:02x}"),
                    0x100..=0xffff => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn values(stream: &str) -> Vec<Value> {
        yaml::parse(stream).unwrap().into_iter().map(|document| document.value).collect()
    }

    #[test]
    fn what_is_printed_is_equal_and_commands_nothing() {
        let stream = "# head ##[a]\n---\n# kept\na: 1 # ##[lost]\nb:\n  - ##no\n  - x##vso[y]\n  - |\n    ::error::z\n    ü\n  - {c: [], \"d\\u2028\": ~, e: !!str 1}\nf: yes\n---\n\
                      z: 'as it is'   # this too\n";
        let shown = shown(stream);
        assert_eq!(
            shown,
            "# head ##[a]\n---\na: 1\nb:\n  -\n  - \"x\\x23\\x23vso[y]\"\n  - \"::error::z\\n\\xfc\\n\"\n  -\n    c: []\n    \"d\\u2028\": ~\n    e: !!str 1\nf: yes\n---\n\
             z: 'as it is'   # this too\n"
        );
        assert_eq!(values(&shown), values(stream));
    }

    #[test]
    fn what_needs_nothing_or_cannot_be_read_stays() {
        for stream in ["a: ##\r\nb: '[::1]'\r\n", "a: [##vso[x]\n", "", "? [a ##[, b]\n: c\n"] {
            assert_eq!(shown(stream), stream);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_text_survives(pieces in prop::collection::vec(prop::sample::select(vec![
            "##vso[", "##[", "::", "\n", " ", "#", "\t", "\u{200b}", "\u{1b}", "＃", "\"", "\\", "a", ": ", "- ", "\u{2028}", "🦀",
        ]), 0..12)) {
            let text = pieces.concat();
            let value = json!({"k": text, "l": [text, {(text.clone()): 1}]});
            let stream = yaml::write(&value);
            let shown = shown(&stream);
            prop_assert!(passes(&shown), "{shown}");
            prop_assert_eq!(yaml::parse_one(&shown).unwrap(), yaml::parse_one(&stream).unwrap());
        }
    }
}
