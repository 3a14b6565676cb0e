//! What a server says to people: its banner, and what the git command writes to its standard error.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::server_text::escaped;

/// No server has more to say that helps.
const LIMIT: usize = 16 * 1024;

/// Collected words, bounded, shared between the connection and whoever reports its end.
#[derive(Clone, Debug, Default)]
pub struct ServerWords(Arc<Mutex<Vec<u8>>>);

impl ServerWords {
    /// Adds what arrived; what goes beyond the limit is dropped.
    pub fn add(&self, bytes: &[u8]) {
        let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = LIMIT.saturating_sub(words.len());
        words.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The lines that say something, without git's `remote:`, with control characters escaped.
    pub fn lines(&self) -> Vec<String> {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines(&String::from_utf8_lossy(&words))
    }
}

fn lines(text: &str) -> Vec<String> {
    text.split(['\n', '\r'])
        .map(|line| line.strip_prefix("remote:").unwrap_or(line).trim())
        .filter(|line| !line.is_empty())
        .map(escaped)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_line_by_line_and_made_safe() {
        let words = ServerWords::default();
        words.add(b"remote: Public key authentication failed.\r\n\nremote:   \nred \x1b[31m text\n\xff");
        assert_eq!(words.lines(), ["Public key authentication failed.", "red \\u{1b}[31m text", "\u{fffd}"]);
    }

    #[test]
    fn a_flood_is_cut() {
        let words = ServerWords::default();
        for _ in 0..100 {
            words.add(&[b'x'; 1000]);
        }
        assert_eq!(words.0.lock().unwrap().len(), LIMIT);
        assert_eq!(words.lines().len(), 1);
    }
}
