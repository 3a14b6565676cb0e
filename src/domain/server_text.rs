//! Text from outside, made fit for showing: nothing in it drives a terminal, hides itself or floods the screen.
//!
//! What is sent, compared, built or committed never goes through here. Commands of CI agents are no matter of a single
//! text, since they may come together from several: what is printed loses them in `ui::sink`.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use serde::Serialize;

/// The most characters that are shown of one text of a server.
const LONGEST: usize = 2000;

/// A text for people, whose unseen characters were escaped when it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ServerText(String);

impl ServerText {
    /// Any number of lines: line breaks and tabs stay.
    pub fn lines(text: &str) -> Self {
        Self(escape(text, |character| matches!(character, '\n' | '\t')))
    }

    /// One line of a server, cut where it is very long; line breaks are escaped, but for those at its end.
    pub(crate) fn line(text: &str) -> Self {
        let text = text.trim_end();
        let mut line = match text.char_indices().nth(LONGEST) {
            None => escape(text, |_| false),
            Some((end, _)) => escape(&text[..end], |_| false),
        };
        if text.chars().nth(LONGEST).is_some() {
            line.push('…');
        }
        Self(line)
    }

    /// A server's text of any number of lines, as one: white space becomes single blanks.
    pub(crate) fn words(text: &str) -> Self {
        Self::line(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// [`ServerText::line`] for errors that keep their parts as text.
pub(crate) fn escaped(text: &str) -> String {
    ServerText::line(text).into()
}

/// [`ServerText::words`] for errors that keep their parts as text.
pub(crate) fn printable(text: &str) -> String {
    ServerText::words(text).into()
}

/// Whether a character is obeyed or left out where it should be shown: control characters, those that have no width,
/// change the direction of the text around them or break lines. Unicode's `Default_Ignorable_Code_Point`, its format
/// characters and its separators of lines and paragraphs, without the variation selectors, which belong to emoji.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn escape(text: &str, stays: fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unseen(character) && !stays(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

impl Deref for ServerText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ServerText {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServerText {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

impl From<&str> for ServerText {
    fn from(text: &str) -> Self {
        Self::lines(text)
    }
}

impl From<String> for ServerText {
    fn from(text: String) -> Self {
        Self::lines(&text)
    }
}

impl From<ServerText> for String {
    fn from(text: ServerText) -> Self {
        text.0
    }
}

impl PartialEq<str> for ServerText {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for ServerText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_text_cannot_drive_the_terminal() {
        assert_eq!(ServerText::line("a\u{1b}[31mb\r\nc\u{202e}d\n"), "a\\u{1b}[31mb\\r\\nc\\u{202e}d");
        assert_eq!(ServerText::words("a\u{1b}[31mb\r\n c\u{200b}"), "a\\u{1b}[31mb c\\u{200b}");
        assert_eq!(ServerText::lines("a\tb\r\nc\u{9b}"), "a\tb\\r\nc\\u{9b}");
    }

    #[test]
    fn whatever_hides_breaks_or_turns_text_is_seen() {
        for hidden in "\u{7f}\u{85}\u{9b}\u{ad}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2064}\u{2066}\u{2069}\u{feff}\u{e0041}".chars() {
            let shown = ServerText::lines(&format!("a{hidden}b"));
            assert_eq!(shown.as_str(), format!("a{}b", hidden.escape_default()), "{hidden:?}");
        }
        for seen in "aä漢🦀⚠\u{fe0f}\u{a0}\u{301}".chars() {
            assert!(!is_unseen(seen), "{seen:?}");
        }
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(ServerText::line(&"x".repeat(LONGEST)).len(), LONGEST);
        assert_eq!(ServerText::words(&"é ".repeat(LONGEST)).chars().count(), LONGEST + 1);
    }
}
