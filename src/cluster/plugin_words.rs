//! What a credential plugin writes to people: passed on line by line while it runs.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::notices::Notices;
use crate::domain::event::Event;
use crate::domain::server_text::ServerText;

/// The most that is heard of one plugin, in bytes.
const MOST_WORDS: u64 = 1 << 20;

/// How many of the plugin's last lines are kept for an error.
const TAIL: usize = 5;

/// How long a line may stay without an end before it is passed on as it is.
const PROMPT: Duration = Duration::from_millis(300);

/// What a plugin says to people.
#[derive(Debug)]
pub(super) struct Said<'a> {
    program: &'a str,
    notices: &'a Notices,
    /// Its last lines.
    last: VecDeque<ServerText>,
}

impl<'a> Said<'a> {
    /// Nothing yet, by this program.
    pub(super) const fn by(program: &'a str, notices: &'a Notices) -> Self {
        Self { program, notices, last: VecDeque::new() }
    }

    /// The last lines, for an error.
    pub(super) fn last_lines(&self) -> Vec<String> {
        self.last.iter().map(|line| line.as_str().to_owned()).collect()
    }

    /// Hears a pipe to its end, and passes its lines on.
    pub(super) async fn hear(&mut self, pipe: Option<impl AsyncRead + Unpin>) {
        let Some(pipe) = pipe else { return };
        let (mut pipe, mut chunk, mut line) = (pipe.take(MOST_WORDS), [0; 4096], Vec::new());
        loop {
            // Who is asked for a password does not see the end of the line first.
            let patience = if line.is_empty() { Duration::MAX } else { PROMPT };
            match tokio::time::timeout(patience, pipe.read(&mut chunk)).await {
                Err(_) => self.say(&mut line),
                // A pipe that breaks is one that ends.
                Ok(Ok(0) | Err(_)) => return self.say(&mut line),
                Ok(Ok(read)) => {
                    for byte in chunk.iter().take(read) {
                        match byte {
                            b'\n' | b'\r' => self.say(&mut line),
                            byte => line.push(*byte),
                        }
                    }
                }
            }
        }
    }

    fn say(&mut self, line: &mut Vec<u8>) {
        let text = ServerText::line(&String::from_utf8_lossy(&std::mem::take(line)));
        if text.as_str().trim().is_empty() {
            return;
        }
        let line = text.as_str().to_owned();
        self.notices.tell(Event::PluginSaid { program: self.program.to_owned(), line });
        if self.last.len() == TAIL {
            self.last.pop_front();
        }
        self.last.push_back(text);
    }
}
