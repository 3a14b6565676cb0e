//! How go-yaml v3 writes scalars. Kustomize writes resources and strategic merge patches and reads them once more, which
//! some of them do not survive as they were.

use super::schema::{Resolved, Schema, resolve};

/// Whether a text may be written in a block; others are written in quotes.
pub(super) fn fits_block(text: &str) -> bool {
    !text.is_empty()
        && !text.ends_with(' ')
        && !text.contains(" \n")
        && text.chars().all(|c| c == '\t' || is_printable(c))
}

/// What Go's library takes for printable; it knows nothing beyond 16 bits.
fn is_printable(character: char) -> bool {
    character == '\n'
        || (!character.is_control() && character <= '\u{ffff}' && !matches!(character, '\u{feff}' | '\u{fffe}'))
}

/// Whether a text that comes from JSON is written without quotes.
pub(crate) fn is_plain(text: &str) -> bool {
    let is_text = matches!(resolve(text, Schema::Yaml11), Resolved::Text);
    let is_base60 =
        text.contains(':') && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ':' | '_'));
    let has_indicator = text
        .starts_with(['#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'])
        || matches!(text, "-" | "?" | ":" | "=")
        || ["- ", "? ", ": ", "---", "..."].iter().any(|start| text.starts_with(start))
        || text.contains(": ")
        || text.ends_with(':')
        || text.contains(" #");
    let is_trimmed = !text.starts_with(' ') && !text.ends_with(' ');
    is_text && !is_base60 && !has_indicator && is_trimmed && text.chars().all(|c| c != '\n' && is_printable(c))
}

/// The text after one more writing and reading by go-yaml v3.
///
/// Its writer marks every line break of a folded scalar by a second one, which its reader takes back only between two
/// lines of the same indentation: before deeper lines, blank lines and the kept end one more stays. Where the text begins with white
/// space, it marks none, and single line breaks turn to spaces.
pub(crate) fn rewritten(text: &str) -> String {
    // What stands in quotes loses nothing.
    if !fits_block(text) {
        return text.to_owned();
    }
    let mut block = String::from("k: >");
    if text.starts_with([' ', '\n']) {
        block.push('2');
    }
    if !text.ends_with('\n') {
        block.push('-');
    } else if text == "\n" || text.ends_with("\n\n") {
        block.push('+');
    }
    block.push('\n');
    let first = text.trim_start_matches('\n');
    let marks_breaks = !first.is_empty() && !first.starts_with([' ', '\t']);
    // Whether the line before this break is indented deeper, and whether it is empty.
    let (mut is_deeper, mut is_empty) = (true, true);
    for character in text.chars() {
        if character == '\n' {
            if !is_empty && !is_deeper && marks_breaks {
                block.push('\n');
            }
            block.push('\n');
            is_empty = true;
        } else {
            if is_empty {
                block.push_str("  ");
                is_deeper = matches!(character, ' ' | '\t');
            }
            block.push(character);
            is_empty = false;
        }
    }
    let read = super::compose::first(&block).ok().and_then(|first| first.root);
    let value = read.as_ref().and_then(|root| root.get("k")).and_then(super::node::Node::scalar);
    value.map_or_else(|| text.to_owned(), |scalar| scalar.text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text with what kustomize makes of it where it is folded in a resource.
    #[test]
    fn folded_text_is_rewritten() {
        for (text, after) in [
            ("one two\n", "one two\n"),
            ("one\ntwo\n", "one\ntwo\n"),
            ("one\n  deep\ntwo\n", "one\n\n  deep\ntwo\n"),
            ("kept end\n\n\n", "kept end\n\n\n\n"),
            ("one\n\n\ntwo", "one\n\n\ntwo"),
            (" first\nsecond\n", " first\nsecond\n"),
            ("tail \n  deep\n", "tail \n  deep\n"),
            ("crab 🦀\n  deep\n", "crab 🦀\n  deep\n"),
            ("", ""),
        ] {
            assert_eq!(rewritten(text), after, "{text:?}");
        }
    }

    #[test]
    fn what_needs_quotes() {
        for text in ["x", "a b", "a#b", "a:b", "-x", "1.2.3", "http://x", "ä"] {
            assert!(is_plain(text), "{text}");
        }
        for text in [
            "",
            "1",
            "true",
            "yes",
            "1:30",
            "a: b",
            "a #b",
            "- x",
            "'x'",
            " x",
            "x ",
            "\tx",
            "a\nb",
            "2024-01-01",
            "*x",
            "x:",
            "🦀",
            "---x",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
