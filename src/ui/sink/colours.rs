//! A line without its escape sequences (ECMA-48: control sequences, and commands to the terminal).

use super::view::View;

/// What is seen of the current line by those who take escape sequences out.
#[derive(Debug, Default)]
pub(super) struct Colourless {
    view: View,
    place: Place,
    /// What is seen if the sequence that has begun turns out to be none.
    if_none: View,
}

/// Where in a sequence a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// In none.
    #[default]
    Outside,
    /// Behind the escape character.
    Escape,
    /// Among the parameters of a control sequence.
    Parameters,
    /// Behind them.
    Intermediate,
    /// In a command to the terminal.
    Command,
    /// Behind an escape character in one.
    CommandEscape,
}

impl Colourless {
    /// Adds a character; whether it completes a command, which is then taken to be broken in front of it.
    pub(super) fn completes(&mut self, character: char) -> bool {
        let before = self.place;
        let (place, fits) = before.then(character);
        self.place = place;
        if before == Place::Outside || !fits {
            if before != Place::Outside {
                self.view = self.if_none.clone();
            }
            self.if_none = self.view.clone();
            // What begins a sequence has no width itself.
            return self.view.completes(character);
        }
        let completes = self.if_none.completes(character);
        if completes {
            // A blank in it makes it none.
            self.view = self.if_none.clone();
            self.place = Place::Outside;
        }
        completes
    }
}

impl Place {
    /// Where the next character leads, and whether the sequence goes on, or ends, with it.
    const fn then(self, character: char) -> (Self, bool) {
        match (self, character) {
            (Self::Escape, '[') => (Self::Parameters, true),
            (Self::Escape, ']') => (Self::Command, true),
            (Self::Parameters, '0'..='?') => (Self::Parameters, true),
            (Self::Parameters | Self::Intermediate, ' '..='/') => (Self::Intermediate, true),
            (Self::Parameters | Self::Intermediate, '@'..='~')
            | (Self::Command, '\u{7}')
            | (Self::CommandEscape, '\\') => (Self::Outside, true),
            (Self::Command, '\u{1b}') => (Self::CommandEscape, true),
            (_, '\u{1b}') => (Self::Escape, false),
            (_, '\u{9b}') => (Self::Parameters, false),
            (Self::Command, '\n' | '\r') => (Self::Outside, false),
            (Self::Command, _) => (Self::Command, true),
            _ => (Self::Outside, false),
        }
    }
}
