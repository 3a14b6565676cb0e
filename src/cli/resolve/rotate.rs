//! The command line of `flux rotate source git`.

use std::ffi::OsString;

use super::reading::{FileArgument, Reading, given, object_name};
use super::{cluster, run, token};
use crate::cli::rotate_args::{NewCredentialArgs, NewKeyArgs, RotateGitArgs, RotateOutputArgs, RotateSafetyArgs};
use crate::domain::config::{
    NewCredential, NewToken, PrivateKeyFile, RotateConfig, RunConfig, Secret, SecretSource, SentAs,
};
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::unexpanded::is_variable;

/// Resolves a command line of `flux rotate source git` into a configuration and the warnings about it.
///
/// # Errors
/// A usage error; further ones are in its `related`. No secret is part of it.
pub(crate) fn resolve_rotate(
    args: &RotateGitArgs,
    environment: &Environment,
) -> Result<(RotateConfig, Vec<String>), Error> {
    let RotateGitArgs { name, credential, key, safety, output, cluster } = args;
    let RotateSafetyArgs { no_rollback, expect_context } = safety;
    let mut findings = Reading::new(environment);
    let name = given(name.as_ref()).map(|name| findings.value("NAME", object_name(name)));
    let new = new_credential(credential, key, &mut findings);
    let old_credential = old_credential(credential, &new, &mut findings);
    let known_hosts_file = findings.file(key.known_hosts_file.as_ref());
    let ca_file = findings.file(credential.ca_file.as_ref());
    let expect_context = run::expected_context(expect_context.as_ref(), &mut findings);
    let cluster = cluster::resolve(cluster, expect_context, &mut findings);
    let run = run_config(output, &mut findings);
    let warnings = findings.finish()?;
    let (Some(cluster), Some(run)) = (cluster, run) else {
        return Err(Error::usage("the command line cannot be resolved"));
    };
    let config = RotateConfig {
        cluster,
        name: name.flatten(),
        credential: new,
        ca_file,
        known_hosts_file,
        old_credential,
        rolls_back: !no_rollback,
        run,
    };
    Ok((config, warnings))
}

fn run_config(args: &RotateOutputArgs, findings: &mut Reading<'_>) -> Option<RunConfig> {
    let RotateOutputArgs { dry_run, output, timeout, verbose } = args;
    run::of_a_change((*dry_run, *verbose), output, timeout, findings)
}

fn new_credential(args: &NewCredentialArgs, key: &NewKeyArgs, findings: &mut Reading<'_>) -> NewCredential {
    let NewKeyArgs {
        generate_key,
        private_key_file,
        abort,
        known_hosts_file,
        ssh_key_algorithm,
        ssh_rsa_bits,
        ssh_ecdsa_curve,
    } = key;
    let key_file = findings.file(private_key_file.as_ref());
    let options =
        token::key_options(ssh_key_algorithm.as_ref(), ssh_rsa_bits.as_ref(), ssh_ecdsa_curve.as_ref(), findings);
    if !generate_key && key_file.is_none() {
        let flags = [("--known-hosts-file", findings.file(known_hosts_file.as_ref()).is_some())];
        findings.useless(&flags, "without a new key");
    }
    if !generate_key {
        let flags = [
            ("--ssh-key-algorithm", options.algorithm.is_some()),
            ("--ssh-rsa-bits", options.rsa_bits.is_some()),
            ("--ssh-ecdsa-curve", options.curve.is_some()),
        ];
        findings.useless(&flags, "without `--generate-key`");
    }
    let given = [
        ("--abort", *abort),
        ("--generate-key", *generate_key),
        ("--private-key-file", key_file.is_some()),
        // With a key it gives the passphrase.
        ("--password-file", key_file.is_none() && source(args.password_file.as_ref(), findings).is_some()),
        ("--bearer-token-file", source(args.bearer_token_file.as_ref(), findings).is_some()),
    ];
    let given: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(flag, _)| *flag).collect();
    if let [first, second, ..] = given[..] {
        let error = Error::usage(format!("`{first}` and `{second}` exclude each other"));
        findings.error(error.hint(match *abort {
            true => "`--abort` alone gives up a key that waits to be registered; leave it out for a new credential.",
            false => "Name one new credential.",
        }));
    }
    match (abort, generate_key, key_file) {
        (true, _, _) => NewCredential::Abort,
        (false, true, _) => NewCredential::GeneratedKey(options),
        (false, false, Some(file)) => {
            let passphrase = match source(args.password_file.as_ref(), findings) {
                Some(source) => source,
                None => match from_environment(findings) {
                    SecretSource::Stdin => SecretSource::None,
                    given => given,
                },
            };
            NewCredential::KeyFile(PrivateKeyFile { file, passphrase })
        }
        (false, false, None) => NewCredential::Token(new_token(args, findings)),
    }
}

fn new_token(args: &NewCredentialArgs, findings: &mut Reading<'_>) -> NewToken {
    let password = source(args.password_file.as_ref(), findings);
    let bearer = source(args.bearer_token_file.as_ref(), findings);
    let username = given(args.username.as_ref()).map(str::to_owned);
    if bearer.is_some() {
        findings.useless(&[("--username", username.is_some())], "with `--bearer-token-file`");
    }
    let (source, sent) = match (password, bearer) {
        (Some(source), _) => (source, SentAs::Password),
        (None, Some(source)) => (source, SentAs::Bearer),
        (None, None) => (from_environment(findings), SentAs::Before),
    };
    NewToken { source, sent, username }
}

/// `GIT_PASSWORD`, else a prompt or a pipe.
fn from_environment(findings: &mut Reading<'_>) -> SecretSource {
    let Some(password) = findings.environment.variable("GIT_PASSWORD") else { return SecretSource::Stdin };
    if is_variable(password) {
        let error = Error::usage("`GIT_PASSWORD` holds the name of a variable instead of a token");
        findings.error(error.hint("Define the variable where the command runs, or correct its name."));
    }
    SecretSource::Environment(Secret::from(password))
}

fn old_credential(args: &NewCredentialArgs, new: &NewCredential, findings: &mut Reading<'_>) -> Option<SecretSource> {
    let old = source(args.old_password_file.as_ref(), findings)?;
    let NewCredential::Token(new) = new else {
        findings.useless(&[("--old-password-file", true)], "on keys");
        return None;
    };
    if old == SecretSource::Stdin && new.source == SecretSource::Stdin {
        let error = Error::usage("standard input cannot give the new and the old credential");
        findings.error(error.hint("Give one of them in a file, or the new one in `GIT_PASSWORD`."));
    }
    Some(old)
}

fn source(argument: Option<&OsString>, findings: &Reading<'_>) -> Option<SecretSource> {
    Some(match findings.file_or_stdin(argument)? {
        FileArgument::Stdin => SecretSource::Stdin,
        FileArgument::File(path) => SecretSource::File(path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, parse};

    fn resolved(password: &str, flags: &[&str]) -> Result<(RotateConfig, Vec<String>), Error> {
        let line = ["flux", "rotate", "source", "git"].iter().chain(flags);
        let Ok(Command::RotateGit(args)) = parse(line.map(OsString::from), &Environment::default()) else {
            panic!("{flags:?}")
        };
        resolve_rotate(&args, &Environment::of_variables([("GIT_PASSWORD", password)]))
    }

    #[test]
    fn the_new_credential_comes_from_a_file_the_environment_or_a_question() {
        let credential = |password: &str, flags: &[&str]| {
            let (config, warnings) = resolved(password, flags).unwrap();
            assert!(warnings.is_empty(), "{warnings:?}");
            let NewCredential::Token(token) = config.credential else { panic!("{flags:?}") };
            (token.source, token.sent)
        };
        let file = |path: &str| SecretSource::File(path.into());
        assert_eq!(credential("", &["--password-file=/new"]), (file("/new"), SentAs::Password));
        assert_eq!(credential("", &["--bearer-token-file=/new"]), (file("/new"), SentAs::Bearer));
        assert_eq!(credential("", &["--password-file=-"]), (SecretSource::Stdin, SentAs::Password));
        assert_eq!(credential("", &[]), (SecretSource::Stdin, SentAs::Before));
        let given = SecretSource::Environment(Secret::from("new"));
        assert_eq!(credential("new", &[]), (given, SentAs::Before));
    }

    #[test]
    fn a_key_comes_with_its_passphrase() {
        let key = |password: &str, flags: &[&str]| {
            let (config, warnings) = resolved(password, flags).unwrap();
            assert!(warnings.is_empty(), "{warnings:?}");
            let NewCredential::KeyFile(key) = config.credential else { panic!("{flags:?}") };
            (key.file, key.passphrase)
        };
        let file = std::path::PathBuf::from("/key");
        assert_eq!(key("", &["--private-key-file=/key"]), (file.clone(), SecretSource::None));
        let given = SecretSource::File("/word".into());
        assert_eq!(key("", &["--private-key-file=/key", "--password-file=/word"]), (file.clone(), given));
        let given = SecretSource::Environment(Secret::from("word"));
        assert_eq!(key("word", &["--private-key-file=/key", "--known-hosts-file=/h"]), (file, given));
    }

    #[test]
    fn wrong_lines_are_named_with_the_way_out() {
        for (password, flags, message) in [
            (
                "",
                &["--password-file=a", "--bearer-token-file=b"][..],
                "`--password-file` and `--bearer-token-file` exclude each other",
            ),
            ("", &["--generate-key", "--abort"], "`--abort` and `--generate-key` exclude each other"),
            ("", &["--generate-key", "--password-file=a"], "`--generate-key` and `--password-file` exclude each other"),
            (
                "",
                &["--generate-key", "--private-key-file=a"],
                "`--generate-key` and `--private-key-file` exclude each other",
            ),
            ("", &["--generate-key", "--ssh-rsa-bits=1024"], "`--ssh-rsa-bits` cannot be used"),
            ("", &["--old-password-file=-"], "standard input cannot give the new and the old credential"),
            ("$(PAT)", &[], "`GIT_PASSWORD` holds the name of a variable instead of a token"),
            ("", &["Wrong_Name"], "`NAME` cannot be used"),
            ("", &["--expect-context="], "`--expect-context` is empty"),
            ("", &["--timeout=0s"], "`--timeout` cannot be used"),
        ] {
            let error = resolved(password, flags).unwrap_err();
            assert_eq!((error.message.as_str(), error.kind.exit_code()), (message, 2), "{flags:?}");
            assert!(!format!("{error:?}").contains("PAT"));
        }
    }
}
