//! JSON as it is printed: one line, in which the sink has nothing to break and nothing hides.

use serde_json::Value;

use super::sink::plain;
use crate::domain::server_text::is_unseen;

/// A value on one line, without a line break at its end. Where a command of a CI agent would appear, its second `#` is
/// spelled `\u0023`; so is, by its number, every character that nobody sees. The content is the same.
pub(crate) fn json_text(value: &Value) -> String {
    let mut text = String::new();
    // Whether a `#` stands at the end, as comparisons see it.
    let mut follows_mark = false;
    // Outside of strings there is neither.
    for character in value.to_string().chars() {
        let seen = plain(character);
        let is_second = follows_mark && seen == Some('#');
        if is_second || is_unseen(character) {
            let units = &mut [0; 2];
            for unit in character.encode_utf16(units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
            follows_mark = false;
        } else {
            text.push(character);
            follows_mark = seen.map_or(follows_mark, |seen| seen == '#');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::ui::sink::passes;

    #[test]
    fn commands_are_escaped_and_nothing_else() {
        let value = json!(["##vso[a]", "a\n::b", "#\u{200b}#[", "\u{2028}", "\u{e0041}", "# a: #1 ü \u{1b}"]);
        assert_eq!(
            json_text(&value),
            r##"["#\u0023vso[a]","a\n::b","#\u200b#[","\u2028","\udb40\udc41","# a: #1 ü \u001b"]"##
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_content_stays_and_the_sink_has_nothing_to_do(texts in prop::collection::vec(prop_oneof![
            prop::sample::select(vec!["##vso[", "#", "##[", "\u{feff}", "＃", "::", "\n", "\u{7f}", "\u{85}", "vso["]).prop_map(str::to_owned),
            any::<String>(),
        ], 0..12)) {
            let value = json!({"text": texts.concat(), (texts.concat()): texts});
            let text = json_text(&value);
            prop_assert!(passes(&text), "{text}");
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
