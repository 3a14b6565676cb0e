//! The cluster's own credential.

use super::reading::{FileArgument, Reading, given};
use crate::cli::git_args::ClusterCredentialArgs;
use crate::domain::config::DEFAULT_USERNAME;
use crate::domain::config::{ClusterSignIn, OwnCredential, OwnToken, Secret, SecretSource, TokenForm};
use crate::domain::error::Error;

/// How the cluster sends a token of its own; none where no flag names one.
pub(super) fn form(args: &ClusterCredentialArgs) -> Option<TokenForm> {
    let named = |file: &Option<std::ffi::OsString>| file.as_ref().is_some_and(|file| !file.is_empty());
    if named(&args.cluster_bearer_token_file) {
        return Some(TokenForm::Bearer);
    }
    named(&args.cluster_password_file).then_some(TokenForm::Basic)
}

/// What the cluster gets of its own; `cluster` is how it signs in.
pub(super) fn resolve(
    args: &ClusterCredentialArgs,
    cluster: ClusterSignIn,
    findings: &mut Reading<'_>,
) -> OwnCredential {
    let ClusterCredentialArgs { cluster_password_file, cluster_username, cluster_bearer_token_file, keep_secret } =
        args;
    let password = findings.file_or_stdin(cluster_password_file.as_ref()).map(source);
    let bearer = findings.file_or_stdin(cluster_bearer_token_file.as_ref()).map(source);
    let named = [
        ("--cluster-password-file", password.is_some()),
        ("--cluster-bearer-token-file", bearer.is_some()),
        ("--keep-secret", *keep_secret),
    ];
    let named: Vec<&str> = named.iter().filter(|(_, given)| *given).map(|(flag, _)| *flag).collect();
    if let [first, second, ..] = named[..] {
        let error = Error::usage(format!("`{first}` and `{second}` exclude each other"));
        findings.error(error.hint("The cluster has one credential."));
    }
    let username = given(cluster_username.as_ref());
    let given_token = match (password, bearer) {
        (Some(source), _) => Some((source, TokenForm::Basic)),
        (None, Some(source)) => Some((source, TokenForm::Bearer)),
        // A variable of a whole pipeline must not turn a key into a token.
        (None, None) if matches!(cluster, ClusterSignIn::Token(_)) && !keep_secret => {
            let token = findings.environment.variable("GIT_CLUSTER_PASSWORD").filter(|token| !token.is_empty());
            token.map(|token| (SecretSource::Environment(Secret::from(token)), TokenForm::Basic))
        }
        (None, None) => None,
    };
    let uses_name = given_token.as_ref().is_some_and(|(_, form)| *form == TokenForm::Basic);
    findings.useless(
        &[("--cluster-username", username.is_some() && !uses_name)],
        "without `--cluster-password-file` or `GIT_CLUSTER_PASSWORD`",
    );
    match given_token {
        _ if *keep_secret => OwnCredential::KeptSecret,
        Some((source, form)) => {
            OwnCredential::Token(OwnToken { source, form, username: username.unwrap_or(DEFAULT_USERNAME).to_owned() })
        }
        None => OwnCredential::NotGiven,
    }
}

fn source(argument: FileArgument) -> SecretSource {
    match argument {
        FileArgument::Stdin => SecretSource::Stdin,
        FileArgument::File(path) => SecretSource::File(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::resolve::tests::resolve_in;
    use crate::domain::environment::Environment;

    const URL: &str = "--url=https://dev.azure.com/o/p/_git/r";

    fn own(variable: &str, flags: &[&str]) -> Result<(OwnCredential, ClusterSignIn, Vec<String>), Error> {
        let environment = Environment::of_variables([("GIT_CLUSTER_PASSWORD", variable), ("GIT_PASSWORD", "run")]);
        let flags: Vec<&str> = std::iter::once(URL).chain(flags.iter().copied()).collect();
        let (config, warnings) = resolve_in(&environment, &flags)?;
        Ok((config.credentials.own, config.credentials.cluster, warnings))
    }

    #[test]
    fn the_clusters_token_comes_from_a_file_or_a_variable() {
        let token = |source, form, username: &str| {
            OwnCredential::Token(OwnToken { source, form, username: username.to_owned() })
        };
        let file = || SecretSource::File("/t".into());
        let basic = ClusterSignIn::Token(TokenForm::Basic);
        let found = own("", &["--cluster-password-file=/t"]).unwrap();
        assert_eq!(found, (token(file(), TokenForm::Basic, "git"), basic, Vec::new()));
        let found = own("", &["--cluster-bearer-token-file=/t"]).unwrap();
        assert_eq!(
            (found.0, found.1),
            (token(file(), TokenForm::Bearer, "git"), ClusterSignIn::Token(TokenForm::Bearer))
        );
        let found = own("c", &["--token-auth", "--cluster-username=me"]).unwrap();
        assert_eq!(found.0, token(SecretSource::Environment(Secret::from("c")), TokenForm::Basic, "me"));
        assert_eq!(own("", &["--token-auth"]).unwrap().0, OwnCredential::NotGiven);
        // A key stays a key, and a Secret that is kept is kept.
        assert_eq!(own("c", &["--ssh-hostname=ssh.dev.azure.com"]).unwrap().0, OwnCredential::NotGiven);
        assert_eq!(own("c", &["--token-auth", "--keep-secret"]).unwrap().0, OwnCredential::KeptSecret);
    }

    #[test]
    fn what_does_not_go_together_is_said() {
        let error = own("", &["--cluster-password-file=/t", "--keep-secret"]).unwrap_err();
        assert_eq!(error.message.as_str(), "`--cluster-password-file` and `--keep-secret` exclude each other");
        let error = own("$(TOKEN)", &["--token-auth"]).unwrap_err();
        assert_eq!(error.message.as_str(), "`GIT_CLUSTER_PASSWORD` holds the name of a variable instead of a token");
        let warnings = own("", &["--token-auth", "--cluster-username=me"]).unwrap().2;
        assert!(warnings[0].starts_with("`--cluster-username` has no effect without"), "{warnings:?}");
    }
}
