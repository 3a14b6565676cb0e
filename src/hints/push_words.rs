//! What a server says beside the refusal of a push: a policy's text, a hook's output.

/// So many lines are shown, and so many characters of all of them together.
const MOST_LINES: usize = 12;
const MOST_CHARACTERS: usize = 1500;

/// The server's words about a refusal, for a cause; none where it said nothing that the `reason` does not say. `said` is escaped.
pub(super) fn told(said: &[String], reason: &str) -> Option<String> {
    let telling: Vec<&str> = said.iter().map(|line| line.trim()).filter(|line| tells(line, reason)).collect();
    let mut room = MOST_CHARACTERS;
    let mut shown: Vec<String> = Vec::new();
    for line in telling.iter().take(MOST_LINES) {
        if room == 0 {
            break;
        }
        let length = line.chars().count();
        let cut: String = line.chars().take(room).collect();
        shown.push(if length > room { format!("{cut}…") } else { cut });
        room = room.saturating_sub(length);
    }
    let more = match telling.len() - shown.len() {
        0 => String::new(),
        1 => "\nand 1 line more, with --verbose".to_owned(),
        more => format!("\nand {more} lines more, with --verbose"),
    };
    match &shown[..] {
        [] => None,
        [line] => Some(format!("the server says: {line}{more}")),
        _ => Some(format!("the server says:\n{}{more}", shown.join("\n"))),
    }
}

/// Whether a line is neither progress, a banner, nor the reason once more.
fn tells(line: &str, reason: &str) -> bool {
    let is_progress = line.contains("% (") || line.contains("%, done") || line.ends_with("ms)");
    let is_rule = !line.chars().any(char::is_alphanumeric);
    !is_progress && !is_rule && line != "Azure Repos" && line != reason
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(said: &[&str], reason: &str) -> String {
        let said: Vec<String> = said.iter().map(|line| (*line).to_owned()).collect();
        told(&said, reason).unwrap_or_default()
    }

    #[test]
    fn a_hook_and_a_policy_are_heard_and_progress_is_not() {
        assert_eq!(shown(&[], "x"), "");
        assert_eq!(
            shown(&["Azure Repos", "", "Analyzing objects... (5/5) (3 ms)", "Resolving deltas: 50% (1/2)"], ""),
            ""
        );
        assert_eq!(shown(&["declined"], "declined"), "");
        assert_eq!(
            shown(&["====", "GL-HOOK-ERR: commit must name a ticket", "===="], "pre-receive hook declined"),
            "the server says: GL-HOOK-ERR: commit must name a ticket"
        );
        assert_eq!(shown(&["one", "  two"], ""), "the server says:\none\ntwo");
    }

    #[test]
    fn a_long_speech_is_cut() {
        let lines: Vec<String> = (0..40).map(|number| format!("line {number}")).collect();
        let text = told(&lines, "").unwrap();
        assert!(text.ends_with("line 11\nand 28 lines more, with --verbose"), "{text}");
        let wide = told(&["a".repeat(1400), "b".repeat(1400), "c".to_owned()], "").unwrap();
        assert!(wide.ends_with("bb…\nand 1 line more, with --verbose"), "{wide}");
        assert!(wide.chars().count() < MOST_CHARACTERS + 60);
    }
}
