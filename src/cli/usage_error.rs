//! clap's findings in the words of this program, without repeating what may be a secret.

use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::argument_order::flags_with_values;
use super::flag_variables::explained;
use super::go_values::is_bool;
use super::outcome::ParseOutcome;
use super::reference_commands;
use crate::domain::config::OutputFormat;
use crate::domain::error::Error;

/// Turns clap's way to stop into ours.
///
/// `added` are the flags that variables gave.
pub(super) fn outcome(
    root: &clap::Command,
    arguments: &[OsString],
    added: &[&'static str],
    found: &clap::Error,
) -> ParseOutcome {
    if matches!(
        found.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::DisplayVersion
    ) {
        let text = found.render();
        return ParseOutcome::Help { plain: text.to_string(), styled: text.ansi().to_string() };
    }
    let error = Box::new(explained(translated(root, arguments, found), added));
    ParseOutcome::Wrong { error, output: wanted_output(arguments) }
}

fn translated(root: &clap::Command, arguments: &[OsString], found: &clap::Error) -> Error {
    let argument = context(found, ContextKind::InvalidArg).into_iter().next().unwrap_or_default();
    let value = context(found, ContextKind::InvalidValue).into_iter().next().unwrap_or_default();
    // clap writes `--flag <VALUE>`, and `--flag[=<VALUE>]` for booleans.
    let flag = argument.split(['=', ' ', '[']).next().unwrap_or_default();
    match found.kind() {
        ErrorKind::UnknownArgument if flag.starts_with('-') => {
            let error = Error::usage(format!("flag `{flag}` is unknown"));
            if let Some(name) = one_slip_away(root, arguments, flag) {
                return error.hint(format!("Did you mean `--{name}`?"));
            }
            with_suggestions(error, found, ContextKind::SuggestedArg, flag, &help(root, arguments))
        }
        ErrorKind::UnknownArgument => misplaced(root, arguments, &argument),
        ErrorKind::InvalidSubcommand => {
            let word = context(found, ContextKind::InvalidSubcommand).into_iter().next().unwrap_or_default();
            let error = Error::usage(format!("command `{}` is unknown", shown(&word)));
            if let Some(hint) = reference_commands::instead_of(arguments, &word) {
                return error.hint(hint);
            }
            with_suggestions(error, found, ContextKind::SuggestedSubcommand, &word, &help(root, arguments))
        }
        ErrorKind::InvalidValue => wrong_value(found, flag, &value),
        ErrorKind::ValueValidation => {
            let error = Error::usage(format!("the value of `{flag}` cannot be used"));
            let error = found.source().map_or_else(|| error.clone(), |source| error.clone().caused_by(source));
            error.hint(format!("Write `{flag}`, `{flag}=true` or `{flag}=false`."))
        }
        ErrorKind::InvalidUtf8 => Error::usage("the command line holds text that is not UTF-8"),
        ErrorKind::MissingRequiredArgument if !argument.is_empty() => {
            Error::usage(format!("`{argument}` is missing")).hint(format!("See {}.", help(root, arguments)))
        }
        _ => Error::usage("the command line cannot be understood").hint(format!("See {}.", help(root, arguments))),
    }
}

/// A value that is none of the choices, or is not there: the next flag stands in its place.
fn wrong_value(found: &clap::Error, flag: &str, value: &str) -> Error {
    let error = if value.is_empty() || value.starts_with("--") {
        Error::usage(format!("`{flag}` needs a value"))
    } else {
        Error::usage(format!("value `{}` of `{flag}` is unknown", shown(value)))
    };
    let choices: Vec<String> =
        context(found, ContextKind::ValidValue).iter().map(|choice| format!("`{choice}`")).collect();
    if choices.is_empty() { error } else { error.hint(format!("Use one of {}.", choices.join(", "))) }
}

/// A word that belongs to no flag. It may be a token that slipped from its flag, so only its place is said.
fn misplaced(root: &clap::Command, arguments: &[OsString], word: &str) -> Error {
    if let Some((name, _)) = word.split_once('=')
        && name.len() > 1
        && flags_with_values(root).contains_key(name)
    {
        // The value may be a secret.
        return Error::usage(format!("`{name}=...` belongs to no flag")).hint(format!("Did you mean `--{name}=...`?"));
    }
    let previous = arguments.iter().position(|argument| argument == word).and_then(|at| arguments[..at].last());
    let previous = previous.and_then(|argument| argument.to_str()).unwrap_or_default();
    let flag = previous.split('=').next().unwrap_or_default();
    if !flag.starts_with('-') {
        return Error::usage(format!("word `{}` belongs to no flag", shown(word)))
            .hint(format!("See {}.", help(root, arguments)));
    }
    let error = Error::usage(format!("the word after `{flag}` belongs to no flag"));
    if is_known_bool(root, flag.trim_start_matches('-')) {
        error.hint(format!("`{flag}` is on or off: write `{flag}`, `{flag}=true` or `{flag}=false`."))
    } else {
        error.hint("Put values that contain spaces into quotes.")
    }
}

fn is_known_bool(command: &clap::Command, name: &str) -> bool {
    let named = |argument: &&clap::Arg| {
        argument.get_long() == Some(name) || argument.get_short().is_some_and(|short| name == short.to_string())
    };
    command.get_arguments().find(named).is_some_and(is_bool)
        || command.get_subcommands().any(|subcommand| is_known_bool(subcommand, name))
}

/// The flag of the command in `arguments` that differs by one letter, or by two that changed places. clap's own measure
/// does not see the latter in short names.
fn one_slip_away<'a>(root: &'a clap::Command, arguments: &[OsString], flag: &str) -> Option<&'a str> {
    let command = commands(root, arguments).last().copied().unwrap_or(root);
    let mut names = command.get_arguments().filter_map(clap::Arg::get_long);
    names.find(|name| strsim::osa_distance(name, flag.trim_start_matches('-')) == 1)
}

/// The commands that `arguments` name, from the outermost on.
fn commands<'a>(root: &'a clap::Command, arguments: &[OsString]) -> Vec<&'a clap::Command> {
    let mut path: Vec<&clap::Command> = Vec::new();
    for word in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        path.extend(path.last().copied().unwrap_or(root).find_subcommand(word));
    }
    path
}

/// The command line that shows the flags of the command in `arguments`.
fn help(root: &clap::Command, arguments: &[OsString]) -> String {
    let names: Vec<&str> = commands(root, arguments).iter().map(|command| command.get_name()).collect();
    match names.first() {
        None => "`flux --help`".to_owned(),
        Some(&"bootstrap") => "`flux bootstrap git --help`".to_owned(),
        Some(&"rotate") => "`flux rotate source git --help`".to_owned(),
        Some(_) => format!("`flux {} --help`", names.join(" ")),
    }
}

/// Adds clap's suggestions for a word, without those that nobody could have meant by it.
fn with_suggestions(error: Error, found: &clap::Error, kind: ContextKind, word: &str, help: &str) -> Error {
    let near = context(found, kind).into_iter().filter(|name| name != "help" && is_near(word, name));
    let suggestions: Vec<String> = near.map(|name| format!("`{name}`")).collect();
    if suggestions.is_empty() {
        error.hint(format!("See {help}."))
    } else {
        error.hint(format!("Did you mean {}?", suggestions.join(" or ")))
    }
}

/// Whether a name may have been meant by a word: a few letters differ, or one begins with the other.
fn is_near(word: &str, name: &str) -> bool {
    let (word, name) = (word.trim_start_matches('-'), name.trim_start_matches('-'));
    strsim::osa_distance(word, name) <= 1 + word.chars().count() / 4 || name.starts_with(word) || word.starts_with(name)
}

/// A word of the command line, unless it may be a secret: those are longer than names or hold digits or capitals.
fn shown(word: &str) -> &str {
    let plain = |character: char| character.is_ascii_lowercase() || character == '-' || character == '_';
    let short = word.len() <= 8 && word.chars().all(|character| character.is_ascii_alphanumeric() || plain(character));
    if short || (word.len() <= 24 && word.chars().all(plain)) { word } else { "****" }
}

fn context(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// Whether `--output json` stands somewhere, so that even a wrong command line is reported in the form asked for.
fn wanted_output(arguments: &[OsString]) -> OutputFormat {
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let joined = ["--output=json", "-ojson", "-o=json"];
    let json = texts.iter().any(|text| joined.contains(text))
        || texts.windows(2).any(|pair| matches!(pair, ["-o" | "--output", "json"]));
    if json { OutputFormat::Json } else { OutputFormat::Text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;
    use crate::domain::environment::Environment;

    fn parse(line: impl IntoIterator<Item = OsString>) -> Result<cli::Command, ParseOutcome> {
        cli::parse(line, &Environment::default())
    }

    fn error_of(words: &[&str]) -> Error {
        let line = ["flux", "bootstrap", "git"].iter().chain(words).map(OsString::from);
        match parse(line) {
            Err(ParseOutcome::Wrong { error, .. }) => *error,
            other => panic!("{words:?}: {other:?}"),
        }
    }

    #[test]
    fn no_secret_is_repeated() {
        let canary = "ghp-CANARY0123456789";
        let cases: [&[&str]; 8] = [
            &["--pasword=ghp-CANARY0123456789"],
            &["--password=", canary],
            &["--token-auth", canary],
            &["--token-auth=ghp-CANARY0123456789"],
            &["--with-bearer-token=ghp-CANARY0123456789"],
            &["-xghp-CANARY0123456789"],
            &["--log-level", canary],
            &[canary],
        ];
        for case in cases {
            let error = error_of(case);
            assert!(!format!("{error:?}").contains("CANARY"), "{case:?}: {error:?}");
            assert_eq!(error.kind.exit_code(), 2);
        }
    }

    #[test]
    fn mistakes_are_named_with_the_way_out() {
        for (words, message, hint) in [
            (&["path=clusters/a"][..], "`path=...` belongs to no flag", "Did you mean `--path=...`?"),
            (&["--pasword=x"], "flag `--pasword` is unknown", "Did you mean `--password`?"),
            (&["--ulr=https://host/a"], "flag `--ulr` is unknown", "Did you mean `--url`?"),
            (
                &["--token-auth", "false"],
                "the word after `--token-auth` belongs to no flag",
                "`--token-auth` is on or off: write `--token-auth`, `--token-auth=true` or `--token-auth=false`.",
            ),
            (
                &["--silent=maybe"],
                "the value of `--silent` cannot be used: the value is neither `true` nor `false`",
                "Write `--silent`, `--silent=true` or `--silent=false`.",
            ),
            (
                &["--pr-merge-strategy", "--silent"],
                "`--pr-merge-strategy` needs a value",
                "Use one of `squash`, `noFastForward`, `rebase`, `rebaseMerge`.",
            ),
            (&["--log-level=warn"], "value `warn` of `--log-level` is unknown", "Use one of `debug`, `info`, `error`."),
        ] {
            let error = error_of(words);
            assert_eq!((error.to_string().as_str(), error.hints[0].as_str()), (message, hint));
        }
        assert_eq!(error_of(&["--url"]).to_string(), "`--url` needs a value");
    }

    #[test]
    fn every_command_points_to_its_own_help() {
        for (words, message, hint) in [
            (&["completion"][..], "`<SHELL>` is missing", "See `flux completion --help`."),
            (&["check", "foo"], "word `foo` belongs to no flag", "See `flux check --help`."),
            (&["version", "--frobnicate"], "flag `--frobnicate` is unknown", "See `flux version --help`."),
            (&["check", "--foo"], "flag `--foo` is unknown", "See `flux check --help`."),
            (&["uninstall", "--foo"], "flag `--foo` is unknown", "See `flux uninstall --help`."),
            (&["get", "ks", "--foo"], "flag `--foo` is unknown", "See `flux get kustomizations --help`."),
            (&["get", "pods"], "command `pods` is unknown", "See `flux get --help`."),
            (&["rotate", "source", "helm"], "command `helm` is unknown", "See `flux rotate source git --help`."),
            (&["--foo"], "flag `--foo` is unknown", "See `flux --help`."),
            (&["reconcile", "ks"], "`<NAME>` is missing", "See `flux reconcile kustomization --help`."),
            (
                &["logs", "-f"],
                "command `logs` is unknown",
                "The Flux CLI has `logs`; without it, use `kubectl -n flux-system logs deployment/kustomize-controller`.",
            ),
        ] {
            let Err(ParseOutcome::Wrong { error, .. }) = parse(["flux"].iter().chain(words).map(OsString::from)) else {
                panic!("{words:?} is accepted");
            };
            assert_eq!((error.to_string().as_str(), error.hints.as_slice()), (message, &[hint.into()][..]));
        }
    }

    #[test]
    fn unknown_commands_get_suggestions() {
        let Err(ParseOutcome::Wrong { error, output }) = parse(["flux", "boostrap", "-o", "json"].map(OsString::from))
        else {
            panic!("accepted");
        };
        assert_eq!(error.to_string(), "command `boostrap` is unknown");
        assert_eq!(error.hints, ["Did you mean `bootstrap`?"]);
        assert_eq!(output, OutputFormat::Json);
    }
}
