//! Values in which the name of a variable stands for what nobody put in.

use super::reading::Reading;
use crate::cli::BootstrapGitArgs;
use crate::domain::config::Secret;
use crate::domain::environment::Environment;
use crate::domain::error::Error;
use crate::domain::unexpanded::{is_variable, variable};

/// Refuses them, each by its flag, before anything is made of them.
pub(super) fn check(args: &BootstrapGitArgs, environment: &Environment, findings: &mut Reading<'_>) {
    let (repository, commit, cluster) = (&args.repository, &args.commit, &args.cluster);
    let texts = [
        ("--url", repository.url.as_deref()),
        ("--branch", repository.branch.as_deref()),
        ("--path", Some(repository.path.as_str())),
        ("--secret-name", Some(repository.secret_name.as_str())),
        ("--ssh-hostname", args.ssh.ssh_hostname.as_deref()),
        ("--pr-branch", args.pull_request.proposal.pr_branch.as_deref()),
        ("--author-name", Some(commit.author_name.as_str())),
        ("--author-email", Some(commit.author_email.as_str())),
        ("--namespace", cluster.namespace.as_deref()),
        ("--context", cluster.context.as_deref()),
        ("FLUX_SYSTEM_NAMESPACE", environment.variable("FLUX_SYSTEM_NAMESPACE")),
    ];
    for (place, text) in texts {
        if let Some(name) = text.and_then(variable) {
            findings.error(
                Error::usage(format!("`{place}` holds `{name}`, a variable whose value nobody has put in"))
                    .hint("Define the variable where the command runs, or correct its name."),
            );
        }
    }
    let given = args.token.given.password.as_ref().map(Secret::expose).map(String::as_str);
    for (place, token) in [
        ("--password", given),
        ("GIT_PASSWORD", environment.variable("GIT_PASSWORD")),
        ("GIT_CLUSTER_PASSWORD", environment.variable("GIT_CLUSTER_PASSWORD")),
    ] {
        if token.is_some_and(is_variable) {
            findings.error(token_is_a_name(place));
        }
    }
}

/// The token is the name of a variable. The name is not repeated: it stands where a secret belongs.
fn token_is_a_name(place: &str) -> Error {
    Error::usage(format!("`{place}` holds the name of a variable instead of a token")).hint(
        "In Azure Pipelines, give a secret variable to the step by its `env:` lines, `GIT_PASSWORD: $(<name of the variable>)`, \
         and check that a variable of that name exists.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::resolve::tests::resolve_in;

    #[test]
    fn variables_that_nobody_put_in_are_named_by_their_flag() {
        let environment = Environment::of_variables([("GIT_PASSWORD", "$(AZDO_PAT)")]);
        let flags = [
            "--url=https://dev.azure.com/o/$(Project)/_git/r",
            "--path=clusters/${ENV}",
            "--branch=%BRANCH%",
            "--token-auth",
        ];
        let error = resolve_in(&environment, &flags).unwrap_err();
        let told: Vec<&str> =
            std::iter::once(&error).chain(&error.related).map(|error| error.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "`--url` holds `$(Project)`, a variable whose value nobody has put in",
                "`--branch` holds `%BRANCH%`, a variable whose value nobody has put in",
                "`--path` holds `${ENV}`, a variable whose value nobody has put in",
                "`GIT_PASSWORD` holds the name of a variable instead of a token",
            ]
        );
        assert!(!format!("{error:?}").contains("AZDO_PAT"));
    }
}
