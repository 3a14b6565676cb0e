//! Flags that can also be given by the environment: `--allow-nested-path` by `FLUX_ALLOW_NESTED_PATH`. The flag wins.

use std::ffi::OsString;

use clap::Command;

use crate::domain::environment::Environment;
use crate::domain::error::Error;

/// The flags that a variable can give. No secret is among them, since all children would inherit it.
pub(super) const NAMES: &[&str] = &[
    "abort",
    "allow-nested-path",
    "allow-second-flux",
    "allow-second-sync",
    "allow-source-override",
    "bearer-token-file",
    "cluster-bearer-token-file",
    "cluster-identity-client-id",
    "cluster-identity-mode",
    "cluster-identity-service-account",
    "cluster-identity-tenant-id",
    "cluster-password-file",
    "cluster-username",
    "cluster-size",
    "controller-arg",
    "controller-ca-file",
    "controller-no-proxy",
    "controller-proxy",
    "controller-resources",
    "feature-gates",
    "create-branch",
    "create-repository",
    "generate-key",
    "git",
    "helm-oom-watch",
    "git-login",
    "keep-crds",
    "max-download",
    "keep-secret",
    "multi-tenant",
    "no-cluster-size",
    "no-controller-arg",
    "no-controller-ca-file",
    "no-controller-no-proxy",
    "no-controller-proxy",
    "no-controller-resources",
    "no-feature-gates",
    "no-helm-oom-watch",
    "no-multi-tenant",
    "no-node-selector",
    "no-patch",
    "no-rollback",
    "no-source-proxy",
    "no-storage",
    "no-storage-class",
    "no-toleration",
    "node-selector",
    "old-password-file",
    "options-reset",
    "overwrite-options",
    "overwrite-secret",
    "patch",
    "provider",
    "pr-auto-complete",
    "pr-branch",
    "pr-draft",
    "pr-keep-source-branch",
    "pr-label",
    "pr-merge-strategy",
    "pr-required-reviewer",
    "pr-reviewer",
    "pr-title",
    "pr-wait",
    "pr-work-item",
    "pull-request",
    "release-digest",
    "source-proxy-file",
    "storage",
    "storage-class",
    "toleration",
];

/// The variable of a flag.
pub(super) fn variable(flag: &str) -> String {
    format!("FLUX_{}", flag.to_uppercase().replace('-', "_"))
}

/// Adds the flags that variables give to a command line whose flags stand behind its command words. Returns their names too.
pub(super) fn with_variables(
    root: &Command,
    mut arguments: Vec<OsString>,
    environment: &Environment,
) -> (Vec<OsString>, Vec<&'static str>) {
    let mut command = root;
    let mut words = 1;
    while let Some(next) = arguments.get(words).and_then(|word| command.find_subcommand(word)) {
        command = next;
        words += 1;
    }
    let mut added = Vec::new();
    for name in NAMES {
        let exists = command.get_arguments().any(|argument| argument.get_long() == Some(name));
        let given = arguments.iter().any(|argument| is_flag(argument, name));
        if let Some(value) = environment.variable(&variable(name)).filter(|_| exists && !given) {
            arguments.insert(words, format!("--{name}={value}").into());
            added.push(*name);
        }
    }
    (arguments, added)
}

fn is_flag(argument: &OsString, name: &str) -> bool {
    let text = argument.to_str().and_then(|text| text.strip_prefix("--")).unwrap_or_default();
    text.split('=').next() == Some(name)
}

/// Says of a command line's error where the flag that it names comes from.
pub(super) fn explained(error: Error, added: &[&'static str]) -> Error {
    let named = added.iter().find(|name| error.message.contains(&format!("`--{name}`")));
    named.map_or_else(
        || error.clone(),
        |name| error.clone().hint(format!("`--{name}` is given by the variable `{}`.", variable(name))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::definition::definition;
    use crate::cli::{Command, ParseOutcome, parse};

    const UPSTREAM: &str = include_str!("../../tests/golden/flags.tsv");
    /// What this program had beyond the reference before flags had variables.
    const WITHOUT_VARIABLE: &[&str] = &[
        "accept-new-host-key",
        "allow-component-removal",
        "allow-path-change",
        "allow-source-change",
        "dry-run",
        "expect-context",
        "export",
        "export-dir",
        "gpg-passphrase-file",
        "known-hosts-file",
        "output",
        "password-file",
        "registry-creds-file",
        "release-url",
        "show-secrets",
        "ssh-signing-password-file",
    ];

    fn parsed(words: &[&str], variables: [(&str, &str); 1]) -> Result<Command, ParseOutcome> {
        parse(words.iter().map(Into::into), &Environment::of_variables(variables))
    }

    #[test]
    fn a_variable_stands_for_a_flag_that_is_not_given() {
        let root = definition();
        let environment = Environment::of_variables([("FLUX_ALLOW_NESTED_PATH", "true"), ("FLUX_RELEASE_DIGEST", "a")]);
        let line = |words: &[&str]| {
            let (line, added) = with_variables(&root, words.iter().map(Into::into).collect(), &environment);
            (line.join(" ".as_ref()).into_string().unwrap(), added.len())
        };
        assert_eq!(
            line(&["flux", "bootstrap", "git", "--url=x", "--", "y"]),
            ("flux bootstrap git --release-digest=a --allow-nested-path=true --url=x -- y".to_owned(), 2)
        );
        let given = "flux bootstrap git --allow-nested-path=false --release-digest b";
        assert_eq!(line(&given.split(' ').collect::<Vec<_>>()), (given.to_owned(), 0));
        assert_eq!(line(&["flux", "version"]), ("flux version".to_owned(), 0));
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let Err(ParseOutcome::Wrong { error, .. }) =
            parsed(&["flux", "bootstrap", "git", "--url=x"], [("FLUX_ALLOW_SECOND_FLUX", "maybe")])
        else {
            panic!("the value was taken")
        };
        assert!(error.hints.iter().any(|hint| hint.contains("`FLUX_ALLOW_SECOND_FLUX`")), "{error:?}");
    }

    #[test]
    fn every_flag_of_ours_has_its_variable() {
        let mut root = definition();
        root.build();
        let git = root.find_subcommand("bootstrap").and_then(|bootstrap| bootstrap.find_subcommand("git")).unwrap();
        let reference: Vec<&str> = UPSTREAM.lines().filter_map(|line| line.split('\t').nth(2)).collect();
        for name in git.get_arguments().filter_map(clap::Arg::get_long) {
            let known = reference.contains(&name) || WITHOUT_VARIABLE.contains(&name) || NAMES.contains(&name);
            assert!(known, "--{name} belongs into `flag_variables::NAMES`");
        }
    }
}
