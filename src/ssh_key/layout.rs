//! Private keys as variables of pipelines, editors and copying leave them: their line ends restored.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

/// The text of a key with its lines as they were written: without byte order mark and quotes around it, with `\n` for
/// every other line end (a carriage return, the two characters `\` and `n`, spaces), and out of a base64 around the whole.
pub(crate) fn restored(text: &str) -> Zeroizing<String> {
    let text = bare(text);
    if let Some(inner) = unwrapped(text) {
        return laid_out(bare(&inner));
    }
    laid_out(text)
}

fn bare(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim();
    let unquoted = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    unquoted('"').or_else(|| unquoted('\'')).unwrap_or(text)
}

/// The key inside a base64 of the whole file, which pipelines keep in one line.
fn unwrapped(text: &str) -> Option<Zeroizing<String>> {
    if text.contains("-----") {
        return None;
    }
    let compact = Zeroizing::new(text.split_whitespace().collect::<String>());
    let decoded = Zeroizing::new(BASE64_STANDARD.decode(compact.as_bytes()).ok()?);
    let inner = std::str::from_utf8(&decoded).ok().filter(|inner| inner.contains("PRIVATE KEY-----"))?;
    Some(Zeroizing::new(inner.to_owned()))
}

fn laid_out(text: &str) -> Zeroizing<String> {
    let lines =
        Zeroizing::new(text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\r\n", "\n").replace('\r', "\n"));
    if lines.contains("-----\n") || !lines.contains("-----BEGIN ") {
        return lines;
    }
    // Everything in one line: the marks keep their spaces, the others were line ends.
    let mut restored = Zeroizing::new(String::with_capacity(lines.len()));
    for (index, part) in lines.split("-----").enumerate() {
        match index % 2 {
            1 => restored.push_str(&format!("-----{part}-----\n")),
            _ => part.split_whitespace().for_each(|line| restored.push_str(&format!("{line}\n"))),
        }
    }
    restored
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN X PRIVATE KEY-----\nYWJj\nZGVm\n-----END X PRIVATE KEY-----\n";

    #[test]
    fn line_ends_are_restored() {
        let spoilt = [
            KEY.to_owned(),
            KEY.replace('\n', "\r\n"),
            format!("\u{feff}{}", KEY.replace('\n', "\r\n")),
            KEY.replace('\n', "\\n"),
            KEY.replace('\n', "\\r\\n"),
            KEY.replace('\n', "\r"),
            KEY.replace('\n', " "),
            format!("\"{}\"\n", KEY.trim_end()),
            format!("'{}'", KEY.replace('\n', "\\n")),
            BASE64_STANDARD.encode(KEY),
            format!("\n\n{KEY}"),
        ];
        for text in spoilt {
            assert_eq!(restored(&text).trim_end(), KEY.trim_end(), "{text:?}");
        }
    }

    #[test]
    fn other_texts_stay() {
        let locked = "-----BEGIN X PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nYWJj\n-----END X PRIVATE KEY-----";
        for text in [locked, "hello world", "PuTTY-User-Key-File-3: x", "aGVsbG8="] {
            assert_eq!(restored(text).as_str(), text);
        }
    }
}
