//! The multiplexed stream of an answer: content, messages for people, a fatal error (gitprotocol-pack,
//! "side-band-64k").

use std::io::{self, Read};

use super::pkt_line::{self, Packet};
use crate::domain::server_text::escaped;

/// Reads the content and collects the messages.
pub(crate) struct Sideband<'a, R> {
    stream: R,
    messages: &'a mut Messages,
    content: Vec<u8>,
    position: usize,
    ended: bool,
}

impl<'a, R: Read> Sideband<'a, R> {
    pub(crate) const fn new(stream: R, messages: &'a mut Messages) -> Self {
        Self { stream, messages, content: Vec::new(), position: 0, ended: false }
    }
}

impl<R: Read> Read for Sideband<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position == self.content.len() {
            if self.ended {
                return Ok(0);
            }
            match pkt_line::read(&mut self.stream)? {
                Some(Packet::Flush) => self.ended = true,
                // Without the closing frame the answer was cut off.
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(Packet::Line(line)) => match line.split_first() {
                    Some((1, _)) => {
                        self.content = line;
                        self.position = 1;
                    }
                    Some((2, text)) => self.messages.add(text),
                    Some((3, text)) => return Err(super::failure::refused(&String::from_utf8_lossy(text))),
                    _ if line.starts_with(b"ERR ") => {
                        return Err(super::failure::refused(&pkt_line::text(&line[4..])));
                    }
                    _ => {
                        let reason = "a frame belongs to no channel";
                        return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                    }
                },
            }
        }
        let count = buffer.len().min(self.content.len() - self.position);
        buffer[..count].copy_from_slice(&self.content[self.position..self.position + count]);
        self.position += count;
        Ok(count)
    }
}

/// What the server says to people while it works: lines, control characters escaped, progress that is
/// overwritten on a terminal reduced to its last state.
#[derive(Debug, Default)]
pub struct Messages {
    lines: Vec<String>,
    unfinished: Vec<u8>,
}

impl Messages {
    /// More lines than this are not kept.
    const MOST: usize = 200;

    /// Adds what came on the band for people, which may end within a line.
    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => self.finish(),
                b'\r' => self.unfinished.push(b'\r'),
                byte if self.unfinished.len() < 4096 => {
                    // What follows a carriage return overwrites the line.
                    if self.unfinished.last() == Some(&b'\r') {
                        self.unfinished.clear();
                    }
                    self.unfinished.push(*byte);
                }
                _ => {}
            }
        }
    }

    fn finish(&mut self) {
        let line = std::mem::take(&mut self.unfinished);
        let text = escaped(&String::from_utf8_lossy(&line));
        if !text.is_empty() && self.lines.len() < Self::MOST {
            self.lines.push(text);
        }
    }

    /// The lines so far, a last one without line break included.
    pub fn take(&mut self) -> Vec<String> {
        self.finish();
        std::mem::take(&mut self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(frames: &[&[u8]]) -> (io::Result<Vec<u8>>, Vec<String>) {
        let mut bytes = Vec::new();
        for frame in frames {
            match *frame {
                b"0000" => pkt_line::push_flush(&mut bytes),
                frame => pkt_line::push_line(&mut bytes, frame),
            }
        }
        let mut messages = Messages::default();
        let mut content = Vec::new();
        let result = Sideband::new(bytes.as_slice(), &mut messages).read_to_end(&mut content);
        (result.map(|_| content), messages.take())
    }

    #[test]
    fn content_and_messages_are_told_apart() {
        let (content, messages) =
            read(&[b"\x01PA", b"\x02Azure Re", b"\x02pos\n\n", b"\x01CK", b"\x021%\r50%\r100%, done\x1b[1m", b"0000"]);
        assert_eq!(content.unwrap(), b"PACK");
        assert_eq!(messages, ["Azure Repos", "100%, done\\u{1b}[1m"]);
    }

    #[test]
    fn a_fatal_message_and_a_cut_are_errors() {
        assert!(read(&[b"\x03TF401035: gone\n"]).0.unwrap_err().to_string().contains("TF401035: gone"));
        assert_eq!(read(&[b"\x01PACK"]).0.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(read(&[b"\x09"]).0.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
