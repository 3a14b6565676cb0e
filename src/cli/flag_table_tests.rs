//! Every flag of the Flux CLI exists here, with its type, default and shorthand.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction};

use super::definition;
use super::go_values::is_bool;

/// group, shorthand, name, type, default, choices; tab-separated, headed.
const UPSTREAM: &str = include_str!("../../tests/golden/flags.tsv");

fn flags() -> BTreeMap<String, Arg> {
    let mut root = definition();
    root.build();
    let git = root.find_subcommand("bootstrap").and_then(|bootstrap| bootstrap.find_subcommand("git")).unwrap();
    git.get_arguments().filter_map(|flag| Some((flag.get_long()?.to_owned(), flag.clone()))).collect()
}

/// The default as the definition says it, or else as the help text does.
fn default_of(flag: &Arg) -> String {
    let defaults: Vec<&str> = flag.get_default_values().iter().filter_map(|value| value.to_str()).collect();
    if let [default] = defaults.as_slice() {
        return (*default).to_owned();
    }
    let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
    let stated = help.split("[default: ").nth(1).and_then(|rest| rest.split([']', ';']).next());
    stated.unwrap_or_default().to_owned()
}

#[test]
fn every_flag_of_the_reference_exists() {
    let flags = flags();
    for line in UPSTREAM.lines().skip(1) {
        let [_, short, long, kind, default, note] = line.splitn(6, '\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        if let Some(canonical) = note.split("same as ").nth(1) {
            let aliases = flags[canonical].get_all_aliases().unwrap_or_default();
            assert!(aliases.contains(&long), "--{canonical} has no alias --{long}");
            continue;
        }
        let flag = flags.get(long).unwrap_or_else(|| panic!("--{long} is missing"));
        assert_eq!(flag.get_short().map(String::from).unwrap_or_default(), short, "--{long}");
        assert_eq!(flag.is_hide_set(), note == "hidden", "--{long}");
        if long == "help" {
            continue;
        }
        assert_eq!(is_bool(flag), kind == "bool", "--{long}");
        let repeats = matches!(flag.get_action(), ArgAction::Append);
        assert_eq!(repeats, matches!(kind, "strings" | "stringArray"), "--{long}");
        let default = default.trim_matches(['[', ']']);
        let ours = default_of(flag);
        let off = kind == "bool" && default.is_empty();
        // The version in the binary is what upstream's empty default means; likewise the first signing key, and mirrors.
        let worded = matches!(long, "version" | "gpg-key-id");
        assert!(worded || ours == default || (off && ours == "false"), "--{long}: default `{ours}`, not `{default}`");
        if kind == "enum" {
            let choices: Vec<String> =
                flag.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
            assert_eq!(choices.join(", "), note, "--{long}");
        }
    }
}

#[test]
fn every_flag_has_a_topic_and_a_description() {
    for (name, flag) in flags() {
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        assert!(!help.is_empty() && !help.ends_with('.'), "--{name}: {help}");
        assert!(name == "help" || flag.get_help_heading().is_some(), "--{name}");
    }
}
