//! Flags may stand before the command they belong to: `flux --context c bootstrap git`.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::Command;

use super::go_values::is_bool;

/// Moves flags that stand before or between command words behind them, where clap looks for them; their order stays.
pub(super) fn flags_last(root: &Command, arguments: Vec<OsString>) -> Vec<OsString> {
    let takes_value = flags_with_values(root);
    let mut command = root;
    let mut arguments = arguments.into_iter();
    let mut words: Vec<OsString> = arguments.next().into_iter().collect();
    let mut flags = Vec::new();
    while command.has_subcommands()
        && let Some(argument) = arguments.next()
    {
        let text = argument.to_str().unwrap_or_default();
        if text == "--" {
            flags.push(argument);
            break;
        }
        if text.len() > 1 && text.starts_with('-') {
            let consumes_next = consumes_next(text, &takes_value);
            flags.push(argument);
            if consumes_next {
                flags.extend(arguments.next());
            }
            continue;
        }
        let next = command.find_subcommand(text);
        words.push(argument);
        match next {
            Some(next) => command = next,
            // `help`, or a mistake that clap reports.
            None => break,
        }
    }
    words.into_iter().chain(flags).chain(arguments).collect()
}

/// Whether the flag's value is the argument after it.
fn consumes_next(flag: &str, takes_value: &BTreeMap<String, bool>) -> bool {
    let takes = |name: &str| takes_value.get(name).copied().unwrap_or(false);
    if flag.contains('=') {
        return false;
    }
    if let Some(long) = flag.strip_prefix("--") {
        return takes(long);
    }
    // Of joined shorthands the first that takes a value takes the rest; only the last one reaches for the next argument.
    let shorts: Vec<String> = flag.chars().skip(1).map(String::from).collect();
    shorts.iter().position(|short| takes(short)).is_some_and(|at| at + 1 == shorts.len())
}

/// All flags of all commands by name, and whether a value follows them.
pub(super) fn flags_with_values(command: &Command) -> BTreeMap<String, bool> {
    let mut flags: BTreeMap<String, bool> = command.get_subcommands().flat_map(flags_with_values).collect();
    for argument in command.get_arguments() {
        let follows = argument.get_action().takes_values() && !is_bool(argument);
        let names = argument.get_long_and_visible_aliases().unwrap_or_default().into_iter().map(str::to_owned);
        let hidden = argument.get_aliases().unwrap_or_default().into_iter().map(str::to_owned);
        flags.extend(names.chain(hidden).chain(argument.get_short().map(String::from)).map(|name| (name, follows)));
    }
    flags
}
