//! The command line: what can be typed, and how it becomes a configuration. No clap type leaves this module.

mod argument_order;
mod bootstrap_args;
mod check_args;
mod completion;
mod definition;
mod flag_variables;
mod get_args;
mod git_args;
mod go_values;
mod help_text;
mod identity_args;
mod kube_args;
mod manual;
mod opening_args;
mod option_args;
mod outcome;
mod pull_request_args;
mod reference;
mod reference_commands;
mod resolve;
mod rotate_args;
mod steer_args;
mod uninstall_args;
mod uninstall_git_args;
mod uninstalled_repository;
mod usage_error;
mod version_args;

use std::ffi::OsString;

use clap::FromArgMatches as _;

pub(crate) use check_args::CheckArgs;
pub(crate) use completion::complete;
pub(crate) use get_args::GetArgs;
pub(crate) use git_args::BootstrapGitArgs;
pub(crate) use manual::ManPage;
pub(crate) use outcome::VersionFormat;
pub use outcome::{Command, ParseOutcome};
pub(crate) use resolve::resolve_get;
pub(crate) use resolve::resolve_rotate;
pub(crate) use resolve::resolve_steer;
pub(crate) use resolve::resolve_uninstall;
pub(crate) use resolve::resolve_version;
pub use resolve::{resolve, resolve_check};
pub(crate) use rotate_args::RotateGitArgs;
pub(crate) use steer_args::SteerArgs;
pub(crate) use uninstall_args::UninstallArgs;
pub(crate) use uninstalled_repository::resolve_repository;
pub(crate) use version_args::VersionArgs;

use crate::domain::config::OutputFormat;
use crate::domain::environment::Environment;
use definition::{Cli, Provider, RotatedKind, RotatedSource, Verb, definition};

/// Reads a command line, the program's name first; some flags can stand in the environment instead.
///
/// # Errors
/// [`ParseOutcome`] when there is nothing to run: help was asked for, or the command line is wrong.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> Result<Command, ParseOutcome> {
    let root = definition();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let [_, word, current, before @ ..] = arguments.as_slice()
        && word == "__complete"
    {
        let text = |word: &OsString| word.to_string_lossy().into_owned();
        // The script puts a `=` before it, because PowerShell loses empty arguments.
        let current = text(current);
        let current = current.strip_prefix('=').unwrap_or(&current).to_owned();
        return Ok(Command::Complete { current, before: before.iter().map(text).collect() });
    }
    let arguments = argument_order::flags_last(&root, arguments);
    // `--version` with a value belongs to `bootstrap`; alone it asks for ours.
    if let [_, flag] = arguments.as_slice()
        && (flag == "--version" || flag == "-v")
    {
        return Ok(Command::VersionLine);
    }
    let (complete, added) = flag_variables::with_variables(&root, arguments.clone(), environment);
    let parsed = root.clone().try_get_matches_from(&complete).and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed.map_err(|error| usage_error::outcome(&root, &arguments, &added, &error))?.command {
        Verb::Bootstrap { provider: Provider::Git(git) } => Ok(Command::BootstrapGit(git)),
        Verb::Rotate { what: RotatedKind::Source { source: RotatedSource::Git(git) } } => Ok(Command::RotateGit(git)),
        Verb::Check(check) => Ok(Command::Check(check)),
        Verb::Uninstall(uninstall) => Ok(Command::Uninstall(uninstall)),
        Verb::Reconcile { what } => {
            let (kind, args) = what.into_parts();
            Ok(Command::Steer(kind, Box::new(SteerArgs::Reconcile(*args))))
        }
        Verb::Suspend { what } => {
            let (kind, args) = what.into_parts();
            Ok(Command::Steer(kind, Box::new(SteerArgs::Suspend(*args))))
        }
        Verb::Resume { what } => {
            let (kind, args) = what.into_parts();
            Ok(Command::Steer(kind, Box::new(SteerArgs::Resume(*args))))
        }
        Verb::Get { what } => {
            let (kind, args) = what.into_parts();
            Ok(Command::Get(kind, args))
        }
        Verb::Completion { shell } => {
            let program = arguments.first().map(|program| program.to_string_lossy()).unwrap_or_default();
            Ok(Command::Print(completion::script(&shell, &program).unwrap_or_default()))
        }
        Verb::Manpages { directory } => Ok(Command::ManPages { directory, pages: manual::pages() }),
        Verb::FlagReference => Ok(Command::Print(reference::markdown())),
        Verb::Version(version) => Ok(Command::Version(version)),
    }
}

/// The form of output that a command line asks for, for errors of its resolution.
pub(crate) fn wanted_output(args: &BootstrapGitArgs) -> OutputFormat {
    output_format(&args.output.output)
}

/// The form of output that a command line of `flux rotate` asks for, whatever else is wrong with it.
pub(crate) fn wanted_rotate_output(args: &RotateGitArgs) -> OutputFormat {
    output_format(&args.output.output)
}

/// The form of output that a command line of `flux check` asks for, whatever else is wrong with it.
pub(crate) fn wanted_check_output(args: &CheckArgs) -> OutputFormat {
    output_format(&args.output)
}

/// The form of output that a command line of `flux uninstall` asks for, for errors of its resolution.
pub(crate) fn wanted_uninstall_output(args: &UninstallArgs) -> OutputFormat {
    output_format(&args.output.output)
}

/// The form of output that a command line of `flux reconcile` and its like asks for, for errors of its resolution.
pub(crate) fn wanted_steer_output(args: &SteerArgs) -> OutputFormat {
    output_format(&args.run().output)
}

/// The form of output that a command line of `flux get` asks for, whatever else is wrong with it.
pub(crate) fn wanted_get_output(args: &GetArgs) -> OutputFormat {
    output_format(&args.output)
}

/// `--output`, whose values clap has checked.
fn output_format(text: &str) -> OutputFormat {
    if text == "json" { OutputFormat::Json } else { OutputFormat::Text }
}

/// `--output` of `flux version`, whose values clap has checked, and `--client`.
pub(crate) fn version_output(args: &VersionArgs) -> (VersionFormat, bool) {
    let format = match args.output.as_str() {
        "json" => VersionFormat::Json,
        "yaml" => VersionFormat::Yaml,
        _ => VersionFormat::Text,
    };
    (format, args.client)
}

#[cfg(test)]
mod flag_table_tests;
#[cfg(test)]
mod help_tests;

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn parse_line(line: &str) -> Result<Command, ParseOutcome> {
        let words = line.split_whitespace().map(|word| if word == "''" { OsString::new() } else { word.into() });
        parse(words, &Environment::default())
    }

    fn git(line: &str) -> BootstrapGitArgs {
        match parse_line(line) {
            Ok(Command::BootstrapGit(args)) => *args,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn flags_are_read_as_gos_flag_library_reads_them() {
        let args =
            git("flux bootstrap git --token-auth --network-policy=false --silent=T -nflux -u=me --branch=a --branch b");
        assert_eq!(args.token.token_auth, Some(true));
        assert!(!args.components.network_policy && args.ssh.silent);
        assert_eq!(args.cluster.namespace.as_deref(), Some("flux"));
        assert_eq!(args.token.given.username.as_deref(), Some("me"));
        assert_eq!(args.repository.branch.as_deref(), Some("b"));
        let args = git("flux bootstrap git -snflux -s=false -p -hyphen --as-group a,b --as-group c");
        assert!(!args.ssh.silent);
        assert_eq!(args.cluster.namespace.as_deref(), Some("flux"));
        assert_eq!(args.token.given.password.map(|password| password.expose().clone()).as_deref(), Some("-hyphen"));
        assert_eq!(args.cluster.as_group, ["a,b", "c"]);
    }

    #[test]
    fn flags_may_stand_before_the_command() {
        let args = git("flux -n x bootstrap --context c git --as-group b --url u");
        assert_eq!(args.cluster.namespace.as_deref(), Some("x"));
        assert_eq!(args.cluster.context.as_deref(), Some("c"));
        let args =
            git("flux --as-group a --token-auth bootstrap --components-extra=x git --as-group b --components-extra y");
        assert_eq!(args.cluster.as_group, ["a", "b"]);
        assert_eq!(args.components.components_extra, ["x", "y"]);
        assert_eq!(args.token.token_auth, Some(true));
    }

    #[test]
    fn versions_and_help_are_told_apart() {
        for line in ["flux --version", "flux -v"] {
            assert!(matches!(parse_line(line), Ok(Command::VersionLine)), "{line}");
        }
        let wanted = |line: &str| match parse_line(line) {
            Ok(Command::Version(args)) => version_output(&args),
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(wanted("flux version"), (VersionFormat::Text, false));
        assert_eq!(wanted("flux version --client -o json"), (VersionFormat::Json, true));
        assert_eq!(git("flux bootstrap git -v v2.9.1").components.version.as_deref(), Some("v2.9.1"));
        for line in [
            "flux",
            "flux --help",
            "flux bootstrap",
            "flux bootstrap git -h",
            "flux help bootstrap git",
            "flux -h bootstrap git",
        ] {
            assert!(matches!(parse_line(line), Err(ParseOutcome::Help { .. })), "{line}");
        }
    }
}
