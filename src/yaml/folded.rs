//! What becomes of folded text that kustomize writes and reads once more, as it does with resources and strategic merge
//! patches.

/// The text after one more writing and reading by go-yaml v3.
///
/// Its writer marks every line break of a folded scalar by a second one, which its reader takes back only between two
/// lines of the same indentation: before deeper lines, blank lines and the kept end one more stays. Where the text begins with white
/// space, it marks none, and single line breaks turn to spaces.
pub(super) fn rewritten(text: &str) -> String {
    // Go writes what a block cannot hold in quotes, which lose nothing.
    if text.ends_with(' ') || text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
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
