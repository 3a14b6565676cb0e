//! Flag values as Go's flag libraries read them, so that scripts written for the Flux CLI keep working.

use std::convert::Infallible;

use clap::{Arg, Command};

use crate::domain::config::Secret;

/// The placeholder that marks a Go boolean among the arguments.
pub(super) const BOOL: &str = "BOOL";

/// Gives every argument of `command` and below it the manners of Go's flags:
/// the last of several values wins, a flag's value may start with a hyphen, and booleans take their value only after `=`.
pub(super) fn with_go_manners(command: Command) -> Command {
    let command = command.args_override_self(true).mut_args(|argument| {
        if is_bool(&argument) {
            let hide = argument.get_default_values().first().is_none_or(|value| value == "false");
            argument
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .hide_default_value(hide)
                .value_parser(parse_bool)
        } else if argument.get_action().takes_values() && !argument.is_positional() {
            argument.allow_hyphen_values(true)
        } else {
            argument
        }
    });
    command.mut_subcommands(with_go_manners)
}

/// Whether an argument is a Go boolean.
pub(super) fn is_bool(argument: &Arg) -> bool {
    argument.get_value_names().is_some_and(|names| names.iter().any(|name| name == BOOL))
}

/// Reads a boolean as Go's `strconv.ParseBool` does.
///
/// # Errors
/// Anything but `1 t T TRUE true True 0 f F FALSE false False`; the text is not repeated, since it may be a misplaced token.
pub(super) fn parse_bool(text: &str) -> Result<bool, NotABool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(NotABool),
    }
}

/// Not `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is neither `true` nor `false`")]
pub(super) struct NotABool;

/// Takes a flag's value as a secret from the start.
pub(super) fn secret(text: &str) -> Result<Secret<String>, Infallible> {
    Ok(Secret::from(text))
}

/// Splits the values of a list flag at commas. A part in double quotes may hold commas, as in Go's CSV reader.
///
/// An empty value adds nothing, so `--flag=` gives an empty list.
pub(super) fn split_list<'a>(values: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut parts = Vec::new();
    for value in values.into_iter().filter(|value| !value.trim().is_empty()) {
        let (mut part, mut quoted) = (String::new(), false);
        for character in value.chars() {
            match character {
                '"' => quoted = !quoted,
                ',' if !quoted => parts.push(std::mem::take(&mut part).trim().to_owned()),
                other => part.push(other),
            }
        }
        parts.push(part.trim().to_owned());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_those_of_go() {
        for text in ["1", "t", "T", "TRUE", "true", "True"] {
            assert_eq!(parse_bool(text), Ok(true), "{text}");
        }
        for text in ["0", "f", "F", "FALSE", "false", "False"] {
            assert_eq!(parse_bool(text), Ok(false), "{text}");
        }
        for text in ["", "yes", "no", "on", "2", "tRUE", " true"] {
            assert_eq!(parse_bool(text), Err(NotABool), "{text}");
        }
    }

    #[test]
    fn lists_split_at_commas_outside_quotes() {
        let split = |values: &[&str]| split_list(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
        assert_eq!(split(&["a,b", "c"]), ["a", "b", "c"]);
        assert_eq!(split(&["\"a,b\",c"]), ["a,b", "c"]);
        assert_eq!(split(&["a, b"]), ["a", "b"]);
        assert_eq!(split(&["a,,b"]), ["a", "", "b"]);
        assert!(split(&["", " "]).is_empty());
    }
}
