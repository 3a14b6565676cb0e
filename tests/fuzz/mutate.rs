//! Texts and bytes with a few changes.

use super::random::Random;

/// Parts of `list` one after another, with now and then one character from elsewhere.
pub(super) fn joined(random: &mut Random, list: &[&str], most: usize) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(most) {
        text.push_str(random.pick::<&str>(list));
        if random.below(8) == 0 {
            text.push(*random.pick(&['\0', '\n', '\u{feff}', 'İ', 'ß', '😀', '%', '#', '\\', '\'', '"', '\u{2028}']));
        }
    }
    text
}

/// A few changes to a text, byte by byte or line by line; what is no longer UTF-8 is replaced.
pub(super) fn mutated(random: &mut Random, text: &str, tokens: &[&str]) -> String {
    String::from_utf8_lossy(&mutated_bytes(random, text.as_bytes(), tokens)).into_owned()
}

pub(super) fn mutated_bytes(random: &mut Random, bytes: &[u8], tokens: &[&str]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.below(5) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(24)).min(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            3 => drop(bytes.splice(at..at, random.pick(tokens).bytes())),
            _ if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            _ => {}
        }
    }
    bytes
}
