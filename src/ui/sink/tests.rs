use proptest::prelude::*;

use super::*;

#[test]
fn commands_of_agents_are_broken_and_nothing_else() {
    for (text, printed) in [
        ("##vso[task.complete]", "##vso [task.complete]"),
        (
            "a\n##vso[task.setvariable variable=BASH_ENV]$(id>&2)\nb",
            "a\n##vso [task.setvariable variable=BASH_ENV]$(id>&2)\nb",
        ),
        ("x ##VsO[a]##[group]b", "x ##VsO [a]## [group]b"),
        ("####[error]", "#### [error]"),
        ("##v##vso[a]", "##v##vso [a]"),
        ("#\u{200b}#\u{ad}v\u{34f}so\u{feff}[a]", "#\u{200b}#\u{ad}v\u{34f}so\u{feff} [a]"),
        ("##vso\u{fe0f}\u{301}[a]", "##vso\u{fe0f}\u{301} [a]"),
        ("＃＃ｖｓｏ［a]", "＃＃ｖｓｏ ［a]"),
        ("##v\u{17f}o[a]", "##v\u{17f}o [a]"),
        ("##\u{1b}[31mvso[a]", "##\u{1b} [31mvso[a]"),
        ("##v\u{1b}[31mso\u{9b}0m[a]", "##v\u{1b}[31mso\u{9b}0m [a]"),
        ("##\u{1b}]0;title\u{7}vso[a]", "##\u{1b}]0;title\u{7}vso [a]"),
        ("::add-mask::a", ": :add-mask::a"),
        ("a\r \t::stop-commands::b", "a\r \t: :stop-commands::b"),
        ("a\n\u{a0}\u{200b}:\u{2060}:warning::b", "a\n\u{a0}\u{200b}:\u{2060} :warning::b"),
        ("\u{1b}[1m::error::b", "\u{1b}[1m: :error::b"),
        ("a\u{2028}::error::b", "a\u{2028}: :error::b"),
        ("：：error::b", "： ：error::b"),
        (":::a", ": : :a"),
        (":\u{85} ::a", ":\u{85} : :a"),
    ] {
        assert_eq!(broken(text), printed, "{text:?}");
        assert!(!passes(text), "{text:?}");
    }
    for text in [
        "https://[::1]:6443 is std::io::Error",
        "a ::b",
        "► ::1",
        "# comment\n## title\n##vs[o]",
        "## [a]",
        ": :a",
        "\u{1b}[31m✗\u{1b}[0m a",
        "| # | ## |",
    ] {
        assert_eq!(broken(text), text);
        assert!(passes(text), "{text:?}");
    }
}

#[test]
fn bytes_that_are_no_text_pass_and_separate_nothing() {
    let mut sink = Sink::default();
    assert_eq!(sink.pass(b"##\xffvso[a\xe2\x9c"), b"##\xffvso [a");
    assert_eq!(sink.pass(b"\x94b\xe2"), "✔b".as_bytes());
    assert_eq!(sink.pass(b"("), b"\xe2(");
}

/// A text as agents may compare it: by an account of its own, with nothing of the sink's in it.
fn as_compared(text: &str) -> String {
    let ignored =
        regex::Regex::new(r"[\p{Cf}\p{Cc}\u{34f}\u{fe00}-\u{fe0f}\u{115f}\u{1160}\u{3164}\u{ffa0}&&[^\n\r\t]]")
            .unwrap();
    let narrow = |character: char| match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap(),
        _ => character,
    };
    ignored.replace_all(text, "").chars().map(narrow).collect::<String>().to_lowercase()
}

fn is_obeyed(text: &str) -> bool {
    let colour = regex::Regex::new("(\u{1b}\\[|\u{9b})[0-?]*[ -/]*[@-~]").unwrap();
    [text.to_owned(), colour.replace_all(text, "").into_owned()].iter().any(|text| {
        let text = as_compared(text);
        text.contains("##vso[")
            || text.contains("##[")
            || text.split(['\n', '\r']).any(|line| line.trim().starts_with("::"))
    })
}

/// Pieces of which commands may come together.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "#", "##", "vso", "VSO", "v", "s", "o", "[", "##vso[", "##[", ":", "::", "\n", "\r", " ", "\t", "\u{a0}",
            "\u{200b}", "\u{feff}", "\u{ad}", "\u{61c}", "\u{2060}", "\u{85}", "\u{2028}", "\u{1b}", "\u{1b}[31m",
            "\u{9b}0m", "\u{0}", "\u{301}", "＃", "［", "：", "ｖ", "a", "✗",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_printed_is_obeyed_however_it_is_cut(text in hostile(), cuts in prop::collection::vec(1_usize..9, 1..9)) {
        let whole = broken(&text);
        prop_assert!(!is_obeyed(&whole), "{text:?} is printed as {whole:?}");
        prop_assert_eq!(whole.replace(' ', ""), text.replace(' ', ""));
        prop_assert_eq!(passes(&text), whole == text);
        let (mut sink, mut rest, mut printed) = (Sink::default(), text.as_bytes(), Vec::new());
        for size in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at(rest.len().min(*size));
            printed.extend(sink.pass(now));
            rest = later;
        }
        prop_assert_eq!(String::from_utf8(printed).unwrap(), whole);
    }
}
