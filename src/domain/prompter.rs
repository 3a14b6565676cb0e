//! The way to ask a person.

use crate::domain::config::Secret;

/// Asks questions.
pub trait Prompter: Send {
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
}
