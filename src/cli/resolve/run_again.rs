//! The command line of this run, to be run again by a person who copies it. It never holds a secret.

use std::ffi::OsString;

use crate::cli::BootstrapGitArgs;
use crate::domain::config::Secret;
use crate::domain::environment::Environment;
use crate::domain::shell_word::shell_word;

/// What stands for a secret.
const HIDDEN: &str = "...";
/// Secrets at least this long are looked for in every word; shorter ones would be found everywhere.
const TOLD_APART: usize = 4;

/// The flags whose value is a secret; the token's comes back as its variable.
const SECRETS: [&str; 6] =
    ["--password", "-p", "--registry-creds", "--gpg-passphrase", "--ssh-signing-password", "--ssh-signing-passphrase"];

/// The command, as words of a shell.
pub(super) fn command(args: &BootstrapGitArgs, environment: &Environment) -> String {
    let given = environment.arguments();
    let words = if given.is_empty() { ["flux", "bootstrap", "git"].map(OsString::from).to_vec() } else { given };
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    without_secrets(&words, &secrets(args))
}

fn secrets(args: &BootstrapGitArgs) -> Vec<&str> {
    let given = [
        &args.token.given.password,
        &args.components.registry_creds,
        &args.commit.gpg_passphrase,
        &args.commit.ssh_signing_password,
    ];
    given.into_iter().flatten().map(Secret::expose).map(String::as_str).collect()
}

fn without_secrets(words: &[String], secrets: &[&str]) -> String {
    let mut command = Vec::new();
    let mut token = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some((flag, value)) = secret_flag(word) else {
            let hides = secrets.iter().any(|secret| secret.len() >= TOLD_APART && word.contains(secret));
            command.push(if hides { HIDDEN.to_owned() } else { shell_word(word) });
            continue;
        };
        if value.is_none() {
            words.next();
        }
        if flag == "--password" || flag == "-p" {
            token = true;
        } else {
            command.push(format!("{flag}={HIDDEN}"));
        }
    }
    let command = command.join(" ");
    if token { format!("GIT_PASSWORD={HIDDEN} {command}") } else { command }
}

/// A flag whose value is a secret, and that value where it stands in the same word.
fn secret_flag(word: &str) -> Option<(&'static str, Option<&str>)> {
    SECRETS.iter().find_map(|flag| {
        let rest = word.strip_prefix(flag)?;
        match rest.strip_prefix('=') {
            Some(value) => Some((*flag, Some(value))),
            None if rest.is_empty() => Some((*flag, None)),
            None if flag.starts_with("--") => None,
            None => Some((*flag, Some(rest))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str], secrets: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        without_secrets(&words, secrets)
    }

    #[test]
    fn secrets_of_every_spelling_are_left_out() {
        let plain = ["flux", "bootstrap", "git", "--path=a b", "--pull-request"];
        let expected = "flux bootstrap git '--path=a b' --pull-request";
        assert_eq!(told(&plain, &[]), expected);
        for spelling in
            [&["--password=t0ken"][..], &["--password", "t0ken"], &["-p", "t0ken"], &["-pt0ken"], &["-p=t0ken"]]
        {
            let words = [&plain[..], spelling].concat();
            assert_eq!(told(&words, &["t0ken"]), format!("GIT_PASSWORD=... {expected}"), "{spelling:?}");
        }
        let others = ["flux", "--registry-creds=u:pass", "--gpg-passphrase", "x", "--gpg-passphrase-file=f"];
        assert_eq!(told(&others, &[]), "flux --registry-creds=... --gpg-passphrase=... --gpg-passphrase-file=f");
    }

    #[test]
    fn a_secret_that_stands_elsewhere_is_left_out_too() {
        assert_eq!(told(&["flux", "-sp", "secret", "--url=u"], &["secret"]), "flux -sp ... --url=u");
    }
}
