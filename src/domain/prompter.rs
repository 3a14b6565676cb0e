//! The port through which a run asks a person, or reads what a pipe gives in a person's place.

use zeroize::Zeroizing;

use super::config::Secret;

/// Asks questions.
pub(crate) trait Prompter: Send {
    /// Whether a question can be asked at all.
    fn can_ask(&self) -> bool;

    /// Asks for a secret without showing what is typed.
    ///
    /// # Errors
    /// The terminal went away, or the question was interrupted.
    fn secret(&mut self, question: &str) -> std::io::Result<Secret<String>>;

    /// Asks yes or no, again until the answer is one of the two.
    ///
    /// # Errors
    /// The terminal went away, or the question was interrupted.
    fn confirm(&mut self, question: &str) -> std::io::Result<bool>;

    /// Reads standard input, where no question can be asked: one line, or one JSON document, of at most so many bytes.
    ///
    /// # Errors
    /// It cannot be read, or reading was interrupted.
    fn standard_input(&mut self, longest: usize) -> std::io::Result<Zeroizing<Vec<u8>>>;
}
