//! Argument vectors, with secrets in odd places.

use std::ffi::OsString;
use std::fmt::Debug;

use flux_bootstrap::for_tests::Environment;
use flux_bootstrap::for_tests::cli::{self, Command, ParseOutcome};

use super::random::Random;

/// Stands for every secret of a command line.
const CANARY: &str = "ghp-CANARY0123456789";

fn no_canary(arguments: &[OsString], found: &impl Debug) {
    assert!(!format!("{found:?}").contains("CANARY"), "{arguments:?}: {found:?}");
}

/// Parses and resolves; no secret may be in what comes of it.
pub(super) fn command_lines(random: &mut Random) {
    const WORDS: &[&str] = &[
        "--url",
        "--url=https://dev.azure.com/o/p/_git/r",
        "--branch=main",
        "--branch",
        "--path",
        "--path=./a",
        "-p",
        "--token-auth",
        "--token-auth=x",
        "--silent",
        "-s=false",
        "--private-key-file=k",
        "--ssh-hostname=h:1",
        "--ssh-key-algorithm=rsa",
        "--ssh-rsa-bits=7",
        "--interval=1m",
        "--interval=9999999999h",
        "--timeout=-1s",
        "--components=source-controller",
        "--components-extra=a,b",
        "--version=v2.8.0",
        "--version=latest",
        "--help",
        "--registry=ghcr.io/x",
        "--toleration-keys=a,,b",
        "--cluster-domain=..",
        "--output=json",
        "-o",
        "-n",
        "-nx",
        "--username=",
        "--password-file=-",
        "--ca-file",
        "--context=c",
        "--kubeconfig",
        "--",
        "-",
        "",
        "=",
        "--=",
        "-xyz",
        "--log-level=warn",
        "bootstrap",
        "git",
        "check",
        "help",
        "version",
        "completion",
        "bash",
        "ä😀",
        "--registry-creds=-",
        "--image-pull-secret=s",
        "--gpg-key-ring=g",
        "--gpg-passphrase",
        "--namespace=A",
    ];
    const SECRETS: &[&str] = &[
        "--password=ghp-CANARY0123456789",
        "-p=ghp-CANARY0123456789",
        "--pasword=ghp-CANARY0123456789",
        "--url=https://u:ghp-CANARY0123456789@host/a",
        "--url=u:ghp-CANARY0123456789@host/a",
        "--registry-creds=u:ghp-CANARY0123456789",
        "--gpg-passphrase=ghp-CANARY0123456789",
        CANARY,
    ];
    let mut arguments: Vec<OsString> = vec!["flux".into(), "bootstrap".into(), "git".into()];
    for _ in 0..random.below(9) {
        let at = 1 + random.below(arguments.len());
        // A flag that wants a value would take the secret for its own, and may then name it.
        if random.below(4) == 0 && arguments[at - 1].to_str().is_some_and(|word| !word.starts_with('-')) {
            arguments.insert(at, (*random.pick(SECRETS)).into());
        } else {
            let after_secret = arguments.get(at).and_then(|word| word.to_str());
            let word = *random.pick(WORDS);
            if !after_secret.is_some_and(|word| word.contains("CANARY")) || word.contains('=') {
                arguments.insert(at, word.into());
            }
        }
    }
    if random.below(8) == 0 {
        let at = random.below(arguments.len());
        arguments.remove(at);
    }
    let environment = Environment::of_variables([("GIT_PASSWORD", CANARY), ("HOME", "/nowhere")]);
    match cli::parse(arguments.clone(), &environment) {
        Ok(Command::BootstrapGit(parsed)) => match cli::resolve(&parsed, &environment) {
            Ok((config, warnings)) => no_canary(&arguments, &(config, warnings)),
            Err(error) => no_canary(&arguments, &error),
        },
        Ok(Command::Check(parsed)) => no_canary(&arguments, &cli::resolve_check(&parsed, &environment).err()),
        Err(ParseOutcome::Wrong { error, .. }) => no_canary(&arguments, &error),
        Ok(_) | Err(ParseOutcome::Help { .. }) => {}
    }
}
