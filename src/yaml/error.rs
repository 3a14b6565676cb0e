//! Where a text is not YAML, and why.

/// Text that is not YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct YamlError {
    /// The 1-based line of the stream.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl YamlError {
    /// The same error of a part that starts at a line of the stream.
    pub(super) fn below(self, line: usize) -> Self {
        Self { line: self.line + line - 1, ..self }
    }
}
