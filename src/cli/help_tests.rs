//! `--help`, as people read it.

use super::{ParseOutcome, parse};
use crate::domain::environment::Environment;

fn help_of(line: &str) -> String {
    match parse(line.split(' ').map(Into::into), &Environment::default()) {
        Err(ParseOutcome::Help { plain, styled }) => {
            assert!(styled.contains('\u{1b}') && !plain.contains('\u{1b}'));
            plain
        }
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn every_visible_flag_of_the_reference_is_in_the_help() {
    let help = help_of("flux bootstrap git --help");
    let words: Vec<&str> = help.split([' ', '\n', '[', ',', '=']).collect();
    for line in include_str!("../../tests/golden/flags.tsv").lines().skip(1).filter(|line| !line.contains("hidden")) {
        let columns: Vec<&str> = line.split('\t').collect();
        let flag = format!("--{}", columns[2]);
        assert!(words.contains(&flag.as_str()), "{flag}");
        if !columns[1].is_empty() {
            assert!(help.contains(&format!("-{}, {flag}", columns[1])), "{flag}");
        }
    }
    assert!(!help.contains("--manifests"));
}

#[test]
fn topics_stand_in_the_order_in_which_people_need_them() {
    let help = help_of("flux bootstrap git --help");
    let headings: Vec<&str> = help.lines().filter(|line| !line.starts_with(' ') && line.ends_with(':')).collect();
    assert_eq!(
        headings,
        [
            "Options:",
            "Repository:",
            "Token and password:",
            "The cluster's own credential:",
            "The cluster's identity:",
            "SSH:",
            "Components:",
            "Cluster options:",
            "Commits:",
            "Pull requests:",
            "Safety:",
            "Run and output:",
            "Cluster:",
            "Values:",
            "Examples for Azure DevOps:",
            "Exit codes:"
        ]
    );
}

#[test]
fn exit_codes_and_examples_are_documented() {
    let help = help_of("flux bootstrap git -h");
    for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "6 ", "7 ", "130 "] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(code)), "{code}");
    }
    for part in ["--token-auth=true", "--ssh-hostname=ssh.dev.azure.com", "--url=ssh://git@ssh.dev.azure.com/v3/"] {
        assert!(help.contains(part), "{part}");
    }
}

#[test]
fn the_other_commands_lead_there() {
    assert!(help_of("flux --help").contains("bootstrap"));
    let uninstall = help_of("flux uninstall --help");
    for part in ["-s, --silent", "--keep-namespace", "--keep-crds", "--force", "--expect-context", "6    something is"]
    {
        assert!(uninstall.contains(part), "{part}");
    }
    assert!(help_of("flux bootstrap").contains("flux bootstrap git --help"));
    assert!(help_of("flux version --help").contains("--output"));
}
