//! Long lines, broken between words where a terminal ends.

/// Narrower terminals would leave no room for words beside the indent.
const LEAST: usize = 30;

/// How many columns the terminal behind standard error has; none where it is none, or does not say.
pub(crate) fn columns() -> Option<usize> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns >= LEAST)
    }
    #[cfg(not(unix))]
    None
}

/// Breaks each line that is longer than `columns`; what follows stands under its text. Words stay whole, and so does what is
/// in backticks, so that it can be copied.
pub(crate) fn wrapped(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let (content, end) = line.strip_suffix('\n').map_or((line, ""), |content| (content, "\n"));
        if seen(content) <= columns {
            out.push_str(content);
        } else {
            broken(content, columns, &mut out);
        }
        out.push_str(end);
    }
    out
}

fn broken(line: &str, columns: usize, out: &mut String) {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    let indent = " ".repeat(spaces + 2);
    out.push_str(&line[..spaces]);
    let mut used = spaces;
    for (number, word) in words(&line[spaces..]).into_iter().enumerate() {
        let width = seen(word);
        if number > 0 && used + 1 + width > columns {
            out.push('\n');
            out.push_str(&indent);
            used = indent.len();
        } else if number > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += width;
    }
}

/// What stands between single spaces, but for those in backticks.
fn words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '`' => quoted = !quoted,
            ' ' if !quoted => {
                words.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    // A backtick that stands alone quotes nothing.
    let rest = &text[start..];
    if quoted {
        words.extend(rest.split(' '))
    } else {
        words.push(rest)
    }
    words
}

/// How many columns a text takes: its characters, without sequences that only colour it.
fn seen(text: &str) -> usize {
    let (mut count, mut in_sequence) = (0, false);
    for letter in text.chars() {
        match letter {
            '\u{1b}' => in_sequence = true,
            _ if in_sequence => in_sequence = !letter.is_ascii_alphabetic(),
            _ => count += 1,
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words_and_stand_under_their_text() {
        let text =
            "✗ cannot push to branch `main` of the repository\n  hint: Ask for the right to push there.\nshort\n";
        assert_eq!(
            wrapped(text, 30),
            "✗ cannot push to branch `main`\n  of the repository\n  hint: Ask for the right to\n    push there.\nshort\n"
        );
        assert_eq!(wrapped(text, 80), text);
    }

    #[test]
    fn what_can_be_copied_stays_whole() {
        let command = "  hint: Run `kubectl -n flux-system get kustomization flux-system -o yaml` there.\n";
        assert_eq!(
            wrapped(command, 40),
            "  hint: Run\n    `kubectl -n flux-system get kustomization flux-system -o yaml`\n    there.\n"
        );
        let url = "► pushing to https://dev.azure.com/acme/platform/_git/fleet\n";
        assert_eq!(wrapped(url, 30), "► pushing to\n  https://dev.azure.com/acme/platform/_git/fleet\n");
        assert_eq!(wrapped("a lonely ` stands here, and more words follow it\n", 30).lines().count(), 2);
    }

    #[test]
    fn colours_take_no_room() {
        let text = "\u{1b}[31m✗\u{1b}[0m twenty-eight letters here\n";
        assert_eq!(wrapped(text, 30), text);
    }
}
