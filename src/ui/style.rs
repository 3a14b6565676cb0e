//! Glyphs and colours, and the cleaning of text that came from elsewhere.

use crate::domain::environment::Environment;
use crate::domain::server_text::is_unseen;

/// How lines are decorated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours may be used.
    pub colour: bool,
    /// The current line may be rewritten: standard error is a terminal.
    pub live: bool,
}

impl Style {
    /// Colours and live lines only on a terminal, and colours only without `NO_COLOR`.
    pub fn of(environment: &Environment) -> Self {
        let terminal = environment.stderr_is_terminal && environment.variable("TERM") != Some("dumb");
        Self {
            colour: terminal && environment.variable("NO_COLOR").is_none(),
            live: terminal && environment.variable("NO_COLOR").is_none(),
        }
    }

    /// `text` in a colour given by its ANSI number, where colours are used.
    pub fn paint(self, text: &str, ansi: u8) -> String {
        if self.colour { format!("\u{1b}[{ansi}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A line that begins an action.
    pub fn action(self, text: &str) -> String {
        format!("{} {}", self.paint("►", 36), escape_control(text))
    }

    /// A line that ends one well.
    pub fn done(self, text: &str) -> String {
        format!("{} {}", self.paint("✔", 32), escape_control(text))
    }

    /// A line that begins a wait.
    pub fn waiting(self, text: &str) -> String {
        format!("{} {}", self.paint("◎", 36), escape_control(text))
    }

    /// A line that tells of a failure.
    pub fn failure(self, text: &str) -> String {
        format!("{} {}", self.paint("✗", 31), escape_control(text))
    }

    /// A line the user should mind.
    pub fn warning(self, text: &str) -> String {
        format!("{} {}", self.paint("⚠️", 33), escape_control(text))
    }
}

/// Makes control characters visible, so that text from a server cannot move the cursor or hide itself, and keeps
/// it from starting a line with `##`, which pipelines take as a command; line breaks and tabs stay.
pub fn escape_control(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => clean.push(character),
            '#' if clean.ends_with('\n') => clean.push_str(" #"),
            _ if is_unseen(character) => clean.extend(character.escape_default()),
            _ => clean.push(character),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(escape_control("a\u{1b}[31mb\r\nc\td"), "a\\u{1b}[31mb\\r\nc\td");
    }

    #[test]
    fn no_color_and_pipes_are_plain() {
        let mut environment = Environment::of_variables([("TERM", "xterm")]);
        assert_eq!(Style::of(&environment), Style { colour: false, live: false });
        environment.stderr_is_terminal = true;
        assert_eq!(Style::of(&environment).done("x"), "\u{1b}[32m✔\u{1b}[0m x");
        let mut plain = Environment::of_variables([("TERM", "xterm"), ("NO_COLOR", "1")]);
        plain.stderr_is_terminal = true;
        assert_eq!(Style::of(&plain).done("x"), "✔ x");
    }
}
