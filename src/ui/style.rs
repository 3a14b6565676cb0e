//! Glyphs and colours.

use crate::domain::environment::Environment;
use crate::domain::server_text::ServerText;

/// How lines are decorated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// ANSI colours may be used.
    pub colour: bool,
    /// The current line may be rewritten: standard error is a terminal.
    pub live: bool,
}

impl Style {
    /// Colours and live lines only on a terminal, and colours only without `NO_COLOR`.
    pub(crate) fn of(environment: &Environment) -> Self {
        let terminal = environment.stderr_is_terminal && environment.variable("TERM") != Some("dumb");
        Self {
            colour: terminal && environment.variable("NO_COLOR").is_none(),
            live: terminal && environment.variable("NO_COLOR").is_none(),
        }
    }

    /// `text` in a colour given by its ANSI number, where colours are used.
    pub(crate) fn paint(self, text: &str, ansi: u8) -> String {
        if self.colour { format!("\u{1b}[{ansi}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A line that begins an action.
    pub(crate) fn action(self, text: &str) -> String {
        format!("{} {}", self.paint("►", 36), ServerText::lines(text))
    }

    /// A line that ends one well.
    pub(crate) fn done(self, text: &str) -> String {
        format!("{} {}", self.paint("✔", 32), ServerText::lines(text))
    }

    /// A line that begins a wait.
    pub(crate) fn waiting(self, text: &str) -> String {
        format!("{} {}", self.paint("◎", 36), ServerText::lines(text))
    }

    /// A line that tells of a failure.
    pub(crate) fn failure(self, text: &str) -> String {
        format!("{} {}", self.paint("✗", 31), ServerText::lines(text))
    }

    /// A line the user should mind.
    pub(crate) fn warning(self, text: &str) -> String {
        format!("{} {}", self.paint("⚠️", 33), ServerText::lines(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        let style = Style::default();
        for line in [style.action("a\u{1b}[2J\rb"), style.failure("a\u{1b}[2J\rb"), style.warning("a\u{1b}[2J\rb")] {
            assert!(line.ends_with(" a\\u{1b}[2J\\rb"), "{line}");
        }
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
