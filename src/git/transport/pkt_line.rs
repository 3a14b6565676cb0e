//! Git's framing: each line is preceded by its length in four hexadecimal digits (gitprotocol-common).

use std::io::{self, Read};

/// The longest line that git allows, with its length digits.
const LONGEST: usize = 65520;

/// One frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Packet {
    /// A line's bytes, line break included.
    Line(Vec<u8>),
    /// `0000`: the end of a section.
    Flush,
}

/// Appends a line.
pub fn push_line(buffer: &mut Vec<u8>, line: &[u8]) {
    debug_assert!(line.len() + 4 <= LONGEST);
    buffer.extend_from_slice(format!("{:04x}", line.len() + 4).as_bytes());
    buffer.extend_from_slice(line);
}

/// Appends the end of a section.
pub fn push_flush(buffer: &mut Vec<u8>) {
    buffer.extend_from_slice(b"0000");
}

/// Reads one frame; `None` at the end of the stream.
///
/// # Errors
/// `InvalidData` when the bytes are no frame, `UnexpectedEof` when the stream ends inside one, and what the
/// stream itself reports.
pub fn read(stream: &mut impl Read) -> io::Result<Option<Packet>> {
    let mut digits = [0; 4];
    let mut filled = 0;
    while filled < digits.len() {
        match stream.read(&mut digits[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = std::str::from_utf8(&digits)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|text| usize::from_str_radix(text, 16).ok());
    match length {
        Some(0) => Ok(Some(Packet::Flush)),
        Some(length) if (4..=LONGEST).contains(&length) => {
            let mut line = vec![0; length - 4];
            stream.read_exact(&mut line)?;
            Ok(Some(Packet::Line(line)))
        }
        _ => {
            let seen = String::from_utf8_lossy(&digits).escape_default().to_string();
            Err(io::Error::new(io::ErrorKind::InvalidData, format!("`{seen}` is not the length of a line")))
        }
    }
}

/// A line as text, without its line break; invalid UTF-8 is replaced.
pub(crate) fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(mut bytes: &[u8]) -> io::Result<Vec<Packet>> {
        let mut packets = Vec::new();
        while let Some(packet) = read(&mut bytes)? {
            packets.push(packet);
        }
        Ok(packets)
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut buffer = Vec::new();
        push_line(&mut buffer, b"hello\n");
        push_flush(&mut buffer);
        push_line(&mut buffer, b"");
        assert_eq!(buffer, b"000ahello\n00000004");
        let expected = [Packet::Line(b"hello\n".to_vec()), Packet::Flush, Packet::Line(Vec::new())];
        assert_eq!(read_all(&buffer).unwrap(), expected);
    }

    #[test]
    fn what_is_not_a_frame_is_an_error() {
        for (bytes, kind) in [
            (&b"<htm"[..], io::ErrorKind::InvalidData),
            (b"0001", io::ErrorKind::InvalidData),
            (b"fff1", io::ErrorKind::InvalidData),
            (b"+00a", io::ErrorKind::InvalidData),
            (b"000", io::ErrorKind::UnexpectedEof),
            (b"000ahel", io::ErrorKind::UnexpectedEof),
        ] {
            assert_eq!(read_all(bytes).unwrap_err().kind(), kind, "{bytes:?}");
        }
    }
}
