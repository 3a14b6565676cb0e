//! What CI agents would obey must never be printed: every run of every scenario is looked through.

use std::sync::LazyLock;

use regex::Regex;

/// What comparisons by the rules of a language leave out.
static WITHOUT_WIDTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Cf}\p{Cc}\u{34f}\u{115f}\u{1160}\u{3164}\u{fe00}-\u{fe0f}\u{ffa0}&&[^\n\r\t]]").unwrap()
});
static COLOUR: LazyLock<Regex> = LazyLock::new(|| Regex::new("(\u{1b}\\[|\u{9b})[0-?]*[ -/]*[@-~]").unwrap());
/// What this program itself, or a template of its, commands Azure Pipelines; a line of its own. What follows is looked through.
static OWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(##\[(group|endgroup)\]|##vso\[task\.(logissue type=(warning|error);(code=[a-z-]+;)?|complete result=SucceededWithIssues;)\])").unwrap()
});

/// The first line with a command that an agent would obey; the program's own are allowed where `own` says so.
pub(crate) fn obeyed_line(text: &str, own: bool) -> Option<&str> {
    text.split(['\n', '\r']).find(|line| {
        let colourless = COLOUR.replace_all(line, "");
        [*line, &*colourless].into_iter().any(|line| {
            let rest = if own { OWN.replace(line, "") } else { line.into() };
            let seen = WITHOUT_WIDTH.replace_all(&rest, "").to_lowercase();
            seen.contains("##vso[") || seen.contains("##[") || seen.trim().starts_with("::")
        })
    })
}

#[test]
fn every_form_of_a_command_is_found() {
    for text in [
        "a\nb ##vso[c]",
        "##[error]a",
        "##V\u{200b}SO[a]",
        "#\u{1b}[0m#vso[a]",
        "##vso\u{1b}[a]",
        " \t::add-mask::a",
        "a\r::b",
        "\u{feff}::b",
        "\u{1b}[1m::b",
    ] {
        assert!(obeyed_line(text, false).is_some() && obeyed_line(text, true).is_some(), "{text:?}");
    }
    for text in ["## [a]", "##vso [a]", ": :a", "a ::1", "std::io", "# a", ""] {
        assert_eq!(obeyed_line(text, false), None, "{text:?}");
    }
    let own = "##[group]a\n##[endgroup]\n##vso[task.logissue type=error;code=push-refused;]a%0A: :b";
    assert!(obeyed_line(own, true).is_none() && obeyed_line(own, false).is_some());
    assert!(obeyed_line("##[group]##[error]a", true).is_some());
}
