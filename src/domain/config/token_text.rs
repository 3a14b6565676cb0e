//! The token in what a pipe or a file holds.

use super::Secret;
use crate::domain::unexpanded::is_variable;

/// Takes the token from the bytes of a pipe or file: its first line, without byte order mark, line end and spaces around it.
///
/// # Errors
/// When nothing is left, or when the bytes cannot be a token; the content is never part of the error.
pub fn token_from_bytes(bytes: &[u8]) -> Result<Secret<String>, TokenTextError> {
    match first_line(bytes)?.trim() {
        "" => Err(TokenTextError::Empty),
        token if is_variable(token) => Err(TokenTextError::Variable),
        token => Ok(Secret::from(token)),
    }
}

/// Takes a passphrase likewise, but keeps spaces, which may belong to it.
///
/// # Errors
/// When the first line is empty, or is not text.
pub fn passphrase_from_bytes(bytes: &[u8]) -> Result<Secret<String>, TokenTextError> {
    match first_line(bytes)? {
        "" => Err(TokenTextError::EmptyPassphrase),
        passphrase => Ok(Secret::from(passphrase)),
    }
}

fn first_line(bytes: &[u8]) -> Result<&str, TokenTextError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(TokenTextError::Utf16);
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| TokenTextError::NotText)?.trim_end_matches('\r');
    if line.trim().chars().any(char::is_control) {
        return Err(TokenTextError::ControlCharacter);
    }
    Ok(line)
}

/// Why there is no token in the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenTextError {
    /// Nothing, or only white space, on the first line.
    #[error("the token is empty: give it on standard input, in `GIT_PASSWORD`, or with `--password-file`")]
    Empty,
    /// Nothing on the first line.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// What PowerShell's `>` writes by default.
    #[error("the token is encoded as UTF-16: save it as UTF-8")]
    Utf16,
    /// Not UTF-8.
    #[error("the token is not text")]
    NotText,
    /// A variable that a pipeline does not know stays as it is written.
    #[error(
        "the token is the name of a variable whose value nobody has put in; a pipeline gives it to the step by `env:`"
    )]
    Variable,
    /// A control character, which no token or passphrase holds.
    #[error("the token contains a control character")]
    ControlCharacter,
}

/// When a JWT dies, as seconds since 1970; none for tokens of other forms.
pub(crate) fn expiry(token: &Secret<String>) -> Option<i64> {
    claims(token)?["exp"].as_i64()
}

/// The tenant of Entra that a JWT is from; none for tokens of other forms. It is read, not verified.
pub(crate) fn tenant(token: &Secret<String>) -> Option<String> {
    claims(token)?["tid"].as_str().map(str::to_owned)
}

fn claims(token: &Secret<String>) -> Option<serde_json::Value> {
    use base64::Engine as _;
    let mut parts = token.expose().split('.');
    let (head, payload, _signature, end) = (parts.next()?, parts.next()?, parts.next()?, parts.next());
    if !head.starts_with("eyJ") || end.is_some() {
        return None;
    }
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_a_pipe_or_editor_ends_a_line_is_understood() {
        for given in ["tok\n", "tok", "tok\r\n", "\u{feff}tok\r\n", "tok\nsecond line\n", " tok \n"] {
            assert_eq!(token_from_bytes(given.as_bytes()).unwrap().expose(), "tok", "{given:?}");
        }
    }

    #[test]
    fn a_passphrase_keeps_its_spaces() {
        assert_eq!(passphrase_from_bytes(b" a b \r\n").unwrap().expose(), " a b ");
        assert_eq!(passphrase_from_bytes(b"\r\n"), Err(TokenTextError::EmptyPassphrase));
    }

    #[test]
    fn no_token_is_an_error() {
        for given in [&b""[..], b"\n", b"\r\n", b"  \n", b"\xef\xbb\xbf\n", b"\ntok\n"] {
            assert_eq!(token_from_bytes(given), Err(TokenTextError::Empty), "{given:?}");
        }
        assert_eq!(token_from_bytes(b"\xff\xfet\0"), Err(TokenTextError::Utf16));
        assert_eq!(token_from_bytes(b"\xc3"), Err(TokenTextError::NotText));
        assert_eq!(token_from_bytes(b"a\tb"), Err(TokenTextError::ControlCharacter));
    }

    #[test]
    fn only_jwts_tell_when_they_die() {
        use base64::Engine as _;
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(br#"{"exp":1790000000,"tid":"a-b"}"#);
        let token = Secret::new(format!("eyJhbGciOiJub25lIn0.{payload}.sig"));
        assert_eq!((expiry(&token), tenant(&token).as_deref()), (Some(1_790_000_000), Some("a-b")));
        for other in ["pat", "a.b.c", "eyJ.x", ""] {
            assert_eq!(expiry(&Secret::from(other)), None, "{other}");
        }
    }
}
