//! Bytes that people saved as text: UTF-8, with a byte order mark or without, or UTF-16 with one, as PowerShell's `>`
//! writes it.

/// How a text was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8; a byte order mark in front is allowed.
    Utf8,
    /// UTF-16 of either byte order, with a byte order mark in front.
    Utf16,
}

/// Why bytes are no text, in words that stand behind a message which names the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TextError {
    /// Every second byte is zero, and nothing says so.
    #[error("it is UTF-16 without a byte order mark; save it as UTF-8")]
    UnmarkedUtf16,
    /// A byte order mark of UTF-16, but half a character somewhere behind it.
    #[error("it is damaged UTF-16; save it as UTF-8")]
    DamagedUtf16,
    /// Any other bytes.
    #[error("it is not UTF-8 text")]
    NotUtf8,
}

/// Decodes a text; the byte order mark is no part of it.
///
/// # Errors
/// Bytes that are neither UTF-8 nor UTF-16 with a byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<(String, Encoding), TextError> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)),
    }
}

fn utf8(bytes: &[u8]) -> Result<(String, Encoding), TextError> {
    match bytes {
        [0, other, ..] | [other, 0, ..] if *other != 0 => Err(TextError::UnmarkedUtf16),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Ok((text.to_owned(), Encoding::Utf8)),
            Err(_) => Err(TextError::NotUtf8),
        },
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<(String, Encoding), TextError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(TextError::DamagedUtf16);
    }
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    text.map(|text| (text, Encoding::Utf16)).map_err(|_| TextError::DamagedUtf16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect()
    }

    #[test]
    fn every_marked_encoding_is_the_same_text() {
        let text = "a: ä🦀\r\n";
        let stored = [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), Encoding::Utf8),
            (utf16(text, b"\xFF\xFE", u16::to_le_bytes), Encoding::Utf16),
            (utf16(text, b"\xFE\xFF", u16::to_be_bytes), Encoding::Utf16),
        ];
        for (bytes, encoding) in stored {
            assert_eq!(decode(&bytes), Ok((text.to_owned(), encoding)));
        }
        assert_eq!(decode(b""), Ok((String::new(), Encoding::Utf8)));
        assert_eq!(decode(b"\xFF\xFE"), Ok((String::new(), Encoding::Utf16)));
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(decode(&utf16("ab", b"", u16::to_le_bytes)), Err(TextError::UnmarkedUtf16));
        assert_eq!(decode(&utf16("ab", b"", u16::to_be_bytes)), Err(TextError::UnmarkedUtf16));
        assert_eq!(decode(b"\xFF\xFEa\0b"), Err(TextError::DamagedUtf16));
        assert_eq!(decode(b"\xFF\xFE\x00\xD8"), Err(TextError::DamagedUtf16));
        assert_eq!(decode("ä".encode_utf16().flat_map(u16::to_le_bytes).next().as_slice()), Err(TextError::NotUtf8));
    }
}
