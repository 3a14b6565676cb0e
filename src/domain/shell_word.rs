//! Words of command lines that people copy into a shell.

/// A word as a POSIX shell takes it for one, whatever stands in it: plain words stay, all others stand in single quotes.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    let is_plain = !word.is_empty() && word.chars().all(plain);
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The path of a file as a word that no program takes for a flag.
pub(crate) fn shell_path(path: &str) -> String {
    if path.starts_with('-') { shell_word(&format!("./{path}")) } else { shell_word(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_word_back() {
        for (word, quoted) in [
            ("clusters/a", "clusters/a"),
            ("refs/heads/a-b_c.d", "refs/heads/a-b_c.d"),
            ("a b", "'a b'"),
            ("", "''"),
            ("$(id)`id`;id&|<>", "'$(id)`id`;id&|<>'"),
            ("it's \"x\"", r#"'it'\''s "x"'"#),
            ("~/a*", "'~/a*'"),
            ("a\nb", "'a\nb'"),
        ] {
            assert_eq!(shell_word(word), quoted);
            assert_eq!(shell_path(word), quoted);
            #[cfg(unix)]
            {
                let printed = std::process::Command::new("sh").args(["-c", &format!("printf %s {quoted}")]).output();
                assert_eq!(String::from_utf8(printed.unwrap().stdout).unwrap(), word);
            }
        }
        assert_eq!((shell_word("-rf"), shell_path("-rf")), ("-rf".to_owned(), "./-rf".to_owned()));
        assert_eq!(shell_path("--a=$(id)"), "'./--a=$(id)'");
    }
}
