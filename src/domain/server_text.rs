//! Words of a server, made fit for people: nothing in them drives a terminal, hides itself or floods the screen.

/// The most characters that are shown of one text.
const LONGEST: usize = 2000;

/// Whether a terminal obeys the character instead of showing it: control characters, and those that have no width or
/// change the direction of the text around them.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line of a server, its unseen characters escaped, line breaks too.
pub(crate) fn escaped(text: &str) -> String {
    let text = text.trim_end();
    let mut safe = String::new();
    for character in text.chars().take(LONGEST) {
        if is_unseen(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        safe.push('…');
    }
    safe
}

/// A text of any number of lines on one: white space becomes single blanks.
pub(crate) fn printable(text: &str) -> String {
    escaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_text_cannot_drive_the_terminal() {
        assert_eq!(escaped("a\u{1b}[31mb\r\nc\u{202e}d\n"), "a\\u{1b}[31mb\\r\\nc\\u{202e}d");
        assert_eq!(printable("a\u{1b}[31mb\r\n c\u{200b}"), "a\\u{1b}[31mb c\\u{200b}");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(escaped(&"x".repeat(LONGEST)).len(), LONGEST);
        assert_eq!(printable(&"é ".repeat(LONGEST)).chars().count(), LONGEST + 1);
    }
}
