//! The only place that words an [`Error`] for a terminal.

use super::style::Style;
use crate::domain::error::Error;
use crate::domain::server_text::ServerText;

/// The lines of a failure: what, why, what else, what to do, what is already done.
pub(crate) fn text(error: &Error, style: Style) -> String {
    let mut lines = Vec::new();
    push(error, style, &mut lines);
    for related in &error.related {
        push(related, style, &mut lines);
    }
    if !error.done.is_empty() {
        lines.push(indented("done so far: ", &error.done.join("; ")));
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn push(error: &Error, style: Style, lines: &mut Vec<String>) {
    lines.push(style.failure(&error.message));
    lines.extend(error.causes.iter().map(|cause| indented("caused by: ", cause)));
    lines.extend(error.hints.iter().map(|hint| indented("hint: ", hint)));
}

/// A labelled paragraph whose further lines stand below its first.
fn indented(label: &str, text: &str) -> String {
    let text = ServerText::lines(text.trim_end());
    format!("  {label}{}", text.replace('\n', "\n    "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Kind;

    #[test]
    fn reads_as_designed() {
        let mut error = Error::new(Kind::PushRefused, "cannot push to branch `main`")
            .caused_by("TF402455: pushes\nare not permitted")
            .hint("Grant the right.");
        error.related.push(Error::refused("second"));
        error.done.push("nothing was pushed or applied; rerunning is safe".into());
        assert_eq!(
            text(&error, Style::default()),
            "✗ cannot push to branch `main`\n  caused by: TF402455: pushes\n    are not permitted\n  hint: Grant the right.\n✗ second\n  done so far: nothing was pushed or applied; rerunning is safe\n"
        );
    }
}
