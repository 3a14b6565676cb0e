//! What may come next on an incomplete command line. Pure, given where names of the cluster come from.

use std::collections::BTreeMap;

use clap::{Arg, Command};

use crate::cli::argument_order::flags_with_values;
use crate::cli::go_values::is_bool;
use crate::domain::flux::Component;

/// What only the kubeconfig or the cluster can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Context,
    Cluster,
    User,
    Namespace,
}

/// The values of the flags that were typed already, by name without hyphens.
pub(super) type Typed = BTreeMap<String, String>;

/// The lines for a shell, for the word at the cursor and the words before it. `names` is asked for names at most once.
pub(super) fn candidates(
    root: &Command,
    current: &str,
    before: &[String],
    names: &mut dyn FnMut(Named, &Typed) -> Vec<String>,
) -> Vec<String> {
    let takes_value = flags_with_values(root);
    let (mut command, mut typed, mut waiting) = (root, Typed::new(), None);
    for word in before {
        if let Some(flag) = waiting.take() {
            typed.insert(flag, word.clone());
        } else if let Some(name) = word.strip_prefix("--") {
            match name.split_once('=') {
                Some((name, value)) => drop(typed.insert(name.to_owned(), value.to_owned())),
                None => waiting = takes_value.get(name).filter(|takes| **takes).map(|_| name.to_owned()),
            }
        } else if let Some(shorts) = word.strip_prefix('-') {
            waiting = Some(shorts.to_owned()).filter(|short| takes_value.get(short).copied().unwrap_or(false));
        } else if let Some(next) = command.find_subcommand(word) {
            command = next;
        }
    }
    if let Some(flag) = waiting {
        return values(root, &flag, current, "", &typed, names);
    }
    if let Some((flag, value)) = current.strip_prefix("--").and_then(|rest| rest.split_once('=')) {
        return values(root, flag, value, &format!("--{flag}="), &typed, names);
    }
    if current.starts_with('-') {
        let visible = command.get_arguments().filter(|argument| !argument.is_hide_set());
        let line = |argument: &Arg| Some((format!("--{}", argument.get_long()?), described(argument.get_help())));
        return lines(visible.filter_map(line), current);
    }
    let positional = command.get_positionals().next().map(possible_values).unwrap_or_default();
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
    let commands = commands.map(|command| (command.get_name().to_owned(), described(command.get_about())));
    lines(commands.chain(positional.into_iter().map(|value| (value, String::new()))), current)
}

/// What may stand as the value of a flag.
fn values(
    root: &Command,
    flag: &str,
    value: &str,
    prefix: &str,
    typed: &Typed,
    names: &mut dyn FnMut(Named, &Typed) -> Vec<String>,
) -> Vec<String> {
    let Some(argument) = find_flag(root, flag) else { return Vec::new() };
    let found: Vec<String> = match argument.get_long().unwrap_or_default() {
        "context" | "expect-context" => names(Named::Context, typed),
        "cluster" => names(Named::Cluster, typed),
        "user" => names(Named::User, typed),
        "namespace" => names(Named::Namespace, typed),
        "version" => vec!["latest".to_owned(), crate::domain::flux::version::FLUX_VERSION.to_owned()],
        list @ ("components" | "components-extra") => {
            // Only the last part of the list is being typed.
            let done = value.rfind(',').map_or("", |at| &value[..=at]);
            let listed: Vec<&str> = done.split(',').collect();
            let offered = if list == "components" { &Component::ALL[..] } else { &Component::EXTRA[..] };
            let rest = offered.iter().filter(|component| !listed.contains(&component.as_str()));
            rest.map(|component| format!("{done}{component}")).collect()
        }
        _ if is_bool(argument) => vec!["true".to_owned(), "false".to_owned()],
        _ => possible_values(argument),
    };
    if found.is_empty() {
        let placeholder = argument.get_value_names().unwrap_or_default().first().map(|name| name.as_str());
        return match placeholder {
            Some("FILE" | "PATH") => vec![":files".to_owned()],
            Some("DIRECTORY") => vec![":directories".to_owned()],
            _ => Vec::new(),
        };
    }
    lines(found.into_iter().map(|found| (format!("{prefix}{found}"), String::new())), &format!("{prefix}{value}"))
}

fn find_flag<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    let named = |argument: &&Arg| {
        argument.get_long() == Some(name) || argument.get_short().is_some_and(|short| name == short.to_string())
    };
    // The flags of the innermost command are the most.
    let below = command.get_subcommands().find_map(|subcommand| find_flag(subcommand, name));
    below.or_else(|| command.get_arguments().find(named))
}

fn possible_values(argument: &Arg) -> Vec<String> {
    argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

fn described(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// Those that begin as typed, with their descriptions. A name with control characters is left out.
fn lines(found: impl Iterator<Item = (String, String)>, typed: &str) -> Vec<String> {
    found
        .filter(|(candidate, _)| candidate.starts_with(typed) && !candidate.contains(char::is_control))
        .map(|(candidate, about)| if about.is_empty() { candidate } else { format!("{candidate}\t{about}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(line: &str) -> Vec<String> {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let current = words.pop().unwrap();
        let mut names = |named, typed: &Typed| match named {
            Named::Context => vec!["arn:aws:eks".to_owned(), "kind".to_owned(), "evil\tname".to_owned()],
            _ => vec![format!("{named:?}-of-{}", typed.get("context").map_or("none", String::as_str))],
        };
        let found = candidates(&crate::cli::definition(), &current, &words, &mut names);
        found.into_iter().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn commands_flags_and_values_are_offered_where_they_fit() {
        assert_eq!(
            complete(""),
            [
                "bootstrap",
                "rotate",
                "check",
                "uninstall",
                "get",
                "reconcile",
                "suspend",
                "resume",
                "version",
                "completion"
            ]
        );
        assert_eq!(complete("boot"), ["bootstrap"]);
        assert_eq!(complete("rotate source "), ["git"]);
        assert_eq!(complete("rotate source git --old"), ["--old-password-file"]);
        assert_eq!(complete("--context x bootstrap "), ["git"]);
        assert_eq!(complete("bootstrap git --ssh-h"), ["--ssh-hostname", "--ssh-hostkey-algos"]);
        assert_eq!(complete("bootstrap git --log-level "), ["debug", "info", "error"]);
        assert_eq!(complete("bootstrap git --silent="), ["--silent=true", "--silent=false"]);
        assert_eq!(complete("completion f"), ["fish"]);
        assert_eq!(complete("bootstrap git --ca-file=./"), [":files"]);
        assert_eq!(complete("bootstrap git --path "), [":directories"]);
        assert!(complete("bootstrap git --branch ").is_empty());
        assert!(!complete("bootstrap git --m").contains(&"--manifests".to_owned()));
    }

    #[test]
    fn names_come_from_the_kubeconfig_and_the_cluster() {
        assert_eq!(complete("bootstrap git --context "), ["arn:aws:eks", "kind"]);
        assert_eq!(complete("bootstrap git --context=k"), ["--context=kind"]);
        assert_eq!(complete("bootstrap git --context kind -n "), ["Namespace-of-kind"]);
        assert_eq!(complete("bootstrap git --context=kind --user "), ["User-of-kind"]);
    }

    #[test]
    fn lists_go_on_after_a_comma() {
        assert!(complete("bootstrap git --components=so").contains(&"--components=source-controller".to_owned()));
        assert!(complete("bootstrap git --components-extra=h").is_empty(), "it is there anyway");
        assert_eq!(
            complete("bootstrap git --components-extra=source-watcher,image-a"),
            ["--components-extra=source-watcher,image-automation-controller"]
        );
    }
}
