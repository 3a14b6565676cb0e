//! What every printed line goes through, whatever its source: it breaks the commands that CI agents would obey.
//!
//! - Azure Pipelines obeys `##vso[` and `##[` anywhere in a line ("Logging commands" in its documentation; its agent's
//!   `Command.TryParse`): a blank is put before the bracket.
//! - GitHub Actions obeys `::` at the start of a line, white space before it or not, and `##[` anywhere ("Workflow
//!   commands"; its runner's `ActionCommand`): a blank is put between the colons. Elsewhere `::` stays.
//!
//! Agents compare by rules of a language, which know neither case nor characters without width, so such characters
//! are no defence. Some take colours out first. The program's own commands go past this, typed
//! ([`super::agent_command`]).

mod colours;
mod view;

use colours::Colourless;
use view::View;
pub(super) use view::plain;

/// Follows one output from write to write, however its text is cut.
#[derive(Debug, Default)]
pub(super) struct Sink {
    /// The line as it is written.
    written: View,
    /// The line without escape sequences.
    colourless: Colourless,
    /// The start of a character whose end is still to come.
    part: Vec<u8>,
}

impl Sink {
    /// What to print for these bytes. Half a character at their end waits for its other half.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut all = std::mem::take(&mut self.part);
        all.extend_from_slice(bytes);
        let mut safe = Vec::with_capacity(all.len() + 8);
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            for character in chunk.valid().chars() {
                self.push(character, &mut safe);
            }
            let invalid = chunk.invalid();
            let may_go_on = matches!(std::str::from_utf8(invalid), Err(error) if error.error_len().is_none());
            if chunks.peek().is_none() && may_go_on {
                self.part = invalid.to_vec();
            } else if !invalid.is_empty() {
                self.follow(char::REPLACEMENT_CHARACTER);
                safe.extend_from_slice(invalid);
            }
        }
        safe
    }

    fn push(&mut self, character: char, safe: &mut Vec<u8>) {
        if self.follow(character) {
            safe.push(b' ');
        }
        safe.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Whether a command would be complete with this character.
    fn follow(&mut self, character: char) -> bool {
        let completes = self.written.completes(character);
        self.colourless.completes(character) || completes
    }
}

/// A whole text, from the start of a line on.
pub(super) fn broken(text: &str) -> String {
    let mut sink = Sink::default();
    let mut safe = Vec::with_capacity(text.len());
    text.chars().for_each(|character| sink.push(character, &mut safe));
    // Only blanks were put between characters.
    String::from_utf8(safe).unwrap_or_default()
}

/// Whether a text that stands at the start of a line is printed as it is.
pub(super) fn passes(text: &str) -> bool {
    let mut sink = Sink::default();
    !text.chars().any(|character| sink.follow(character))
}

#[cfg(test)]
mod tests;
