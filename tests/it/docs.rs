//! The documentation: links lead somewhere, flags exist, and commands are understood.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flux_bootstrap::cli::{ParseOutcome, parse};

fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md"), root.join("ARCHITECTURE.md"), root.join("CONTRIBUTING.md")];
    files.extend(fs_err::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.into_iter().map(|file| (file.clone(), fs_err::read_to_string(file).unwrap())).collect()
}

/// Code between fences whose language is `sh`, continued lines joined.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, block) in page.split("```").enumerate() {
        if let (1, Some(code)) = (number % 2, block.strip_prefix("sh\n")) {
            found.extend(code.replace("\\\n", " ").lines().map(|line| line.trim().to_owned()));
        }
    }
    found
}

#[test]
fn links_lead_to_files() {
    for (file, text) in pages() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(file.parent().unwrap().join(target).exists(), "{}: {link}", file.display());
        }
    }
}

#[test]
fn flags_that_are_named_exist() {
    let known: BTreeSet<String> = ["flux bootstrap git --help", "flux check --help"]
        .iter()
        .flat_map(|line| match parse(line.split(' ').map(Into::into)) {
            Err(ParseOutcome::Help { plain, .. }) => {
                let words = plain.split([' ', '\n', '[', ',', '=']).map(str::to_owned);
                words.filter(|word| word.starts_with("--")).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    // Of other programs, and hidden ones.
    let others =
        ["--locked", "--manifests", "--all-targets", "--depth", "--ignored", "--test", "--ssh-signing-passphrase"];
    for (file, text) in pages() {
        for span in text.split('`').skip(1).step_by(2).filter(|span| span.starts_with("--")) {
            let flag = span.split([' ', '=', '<']).next().unwrap();
            assert!(known.contains(flag) || others.contains(&flag), "{}: `{flag}`", file.display());
        }
    }
}

#[test]
fn commands_that_are_shown_are_understood() {
    let mut seen = 0;
    for (file, text) in pages() {
        for line in commands(&text) {
            let Some(at) = line.find("flux ").filter(|at| *at == 0 || line[..*at].ends_with([' ', '('])) else {
                continue;
            };
            let before = &line[..at];
            if !(before.is_empty()
                || before.ends_with("| ")
                || before.contains("GIT_PASSWORD=")
                || before.ends_with('('))
            {
                continue;
            }
            // Up to the next command or comment; `...` stands for what was said before.
            let command = line[at..].split([';', '|', '#', ')']).next().unwrap();
            let words: Vec<String> =
                command.split_whitespace().filter(|word| *word != "...").map(str::to_owned).collect();
            if ["get", "migrate"].contains(&words[1].as_str()) {
                continue;
            }
            seen += 1;
            if let Err(ParseOutcome::Wrong { error, .. }) = parse(words.iter().map(Into::into)) {
                panic!("{}: {line}: {error}", file.display());
            }
        }
    }
    assert!(seen > 15, "{seen}");
}
