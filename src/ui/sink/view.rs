//! A line as an agent may see it, character by character.

use crate::domain::server_text::is_unseen;

/// What was seen of the current line.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// How much of `##vso` stands at the end; 2 is `##`.
    marker: usize,
    /// How the line begins; and how it does for readers who break lines at more than line feeds and returns.
    starts: [Start; 2],
}

/// How a line begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Start {
    /// With white space, so far.
    #[default]
    Blank,
    /// With a colon behind that.
    Colon,
    /// With anything else.
    Text,
}

/// What stands before the bracket of a command.
const MARKER: [char; 5] = ['#', '#', 'v', 's', 'o'];

impl View {
    /// Adds a character; whether it completes a command, which is then taken to be broken in front of it.
    pub(super) fn completes(&mut self, character: char) -> bool {
        match character {
            '\n' | '\r' => {
                *self = Self::default();
                return false;
            }
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => self.starts[1] = Start::Blank,
            _ => {}
        }
        let plain = plain(character);
        let is_marker = plain.is_some_and(|plain| self.ends_marker(plain));
        let [begins, begins_for_some] = self.starts.each_mut().map(|start| start.completes_colons(character, plain));
        begins || begins_for_some || is_marker
    }

    fn ends_marker(&mut self, plain: char) -> bool {
        let is_marker = plain == '[' && matches!(self.marker, 2 | 5);
        self.marker = match plain {
            _ if MARKER.get(self.marker) == Some(&plain) => self.marker + 1,
            '#' if self.marker == 2 => 2,
            '#' => 1,
            _ => 0,
        };
        is_marker
    }
}

impl Start {
    /// Adds a character; whether two colons begin the line with it.
    fn completes_colons(&mut self, character: char, plain: Option<char>) -> bool {
        let has_no_width = is_unseen(character) || matches!(character, '\u{fe00}'..='\u{fe0f}');
        match (*self, plain) {
            (Self::Text, _) => false,
            _ if has_no_width || (*self == Self::Blank && character.is_whitespace()) => false,
            (Self::Blank, Some(':')) => {
                *self = Self::Colon;
                false
            }
            (Self::Blank, _) => {
                *self = Self::Text;
                false
            }
            // Where one reader's second colon is another's first, all are kept apart.
            (Self::Colon, Some(':')) => true,
            (Self::Colon, _) => {
                *self = Self::Text;
                false
            }
        }
    }
}

/// The character that a comparison may take this one for, in lower case; none where it may take it for nothing. What
/// comparisons leave out differs between systems, so nothing beyond ASCII is trusted to separate.
pub(in crate::ui) fn plain(character: char) -> Option<char> {
    let character = match character {
        // Full width, and the small and vertical forms of these.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0)?,
        '\u{fe5f}' => '#',
        '\u{fe55}' | '\u{fe13}' => ':',
        '\u{fe47}' => '[',
        // The long s is an s in upper case.
        '\u{17f}' => 's',
        _ => character,
    };
    (character.is_ascii_graphic() || character == ' ').then(|| character.to_ascii_lowercase())
}
