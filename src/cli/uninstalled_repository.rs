//! `flux uninstall --git`: the repository that the cluster follows, as a bootstrap would be told of it. Pure.

use clap::FromArgMatches as _;

use super::definition::{Cli, Provider, Verb, definition};
use super::git_args::BootstrapGitArgs;
use super::resolve::resolve;
use super::uninstall_args::UninstallArgs;
use super::uninstall_git_args::UninstallGitArgs;
use crate::domain::config::{BootstrapConfig, ClusterSignIn, TokenForm};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::git_host::GitHost;
use crate::domain::git_url::{GitUrl, Scheme};
use crate::domain::shell_word::shell_word;
use crate::domain::sync_url::{SyncUrlOptions, sync_url};
use crate::plan::Followed;

/// Resolves what the command line says of the repository, over what the cluster tells.
///
/// # Errors
/// A usage error, or a refusal where nobody tells which repository is meant.
pub(crate) fn resolve_repository(
    args: &UninstallArgs,
    environment: &Environment,
    followed: Option<&Followed>,
) -> Result<(BootstrapConfig, Vec<String>), Error> {
    let git = &args.git;
    let given = |flag: &Option<String>, told: fn(&Followed) -> &String| {
        flag.clone().filter(|text| !text.is_empty()).or_else(|| followed.map(told).cloned())
    };
    let url = given(&git.url, |followed| &followed.url);
    let branch = given(&git.branch, |followed| &followed.branch);
    let path = given(&git.path, |followed| &followed.path);
    let (Some(url), Some(branch), Some(path)) = (url, branch, path) else {
        return Err(Error::refused("the cluster does not tell which repository, branch and path it follows")
            .hint("Name them with --url, --branch and --path, or leave out --git."));
    };
    let mut bootstrap = defaults()?;
    bootstrap.repository.url = Some(reachable(git, url, environment));
    (bootstrap.repository.branch, bootstrap.repository.path) = (Some(branch), path);
    take(git, &mut bootstrap);
    bootstrap.cluster = args.cluster.clone();
    let (mut config, warnings) = resolve(&bootstrap, environment)?;
    // Flux is gone when it is run again, and the cluster tells nothing any more.
    let source = &config.source;
    let place = [
        ("url", &git.url, source.clone_url.redacted()),
        ("branch", &git.branch, source.branch.clone()),
        ("path", &git.path, source.path.to_string()),
    ];
    let told = place.into_iter().filter(|(_, given, _)| given.as_ref().is_none_or(String::is_empty));
    let told: String = told.map(|(flag, _, value)| format!(" --{flag}={}", shell_word(&value))).collect();
    if let Some(proposal) = &mut config.pull_request {
        proposal.run_again.push_str(&told);
    }
    Ok((config, warnings))
}

/// A bootstrap of which nothing was said.
fn defaults() -> Result<BootstrapGitArgs, Error> {
    let parsed = definition().try_get_matches_from(["flux", "bootstrap", "git"]);
    match parsed.and_then(|matches| Cli::from_arg_matches(&matches)).map(|cli| cli.command) {
        Ok(Verb::Bootstrap { provider: Provider::Git(args) }) => Ok(*args),
        _ => Err(Error::new(Kind::Other, "the flags of a bootstrap have no defaults")),
    }
}

/// A token opens the repository over https, also where the cluster reads it over SSH.
fn reachable(git: &UninstallGitArgs, url: String, environment: &Environment) -> String {
    let has_token = git.token.password.is_some()
        || git.token.password_file.is_some()
        || environment.variable("GIT_PASSWORD").is_some();
    let parsed = url.parse::<GitUrl>().ok().filter(|parsed| parsed.scheme == Scheme::Ssh);
    let Some(ssh) = parsed.filter(|_| has_token && git.private_key_file.is_none() && git.url.is_none()) else {
        return url;
    };
    let sign_in = ClusterSignIn::Token(TokenForm::Basic);
    let options = SyncUrlOptions { sign_in, ssh_hostname: None, username: "git", allow_insecure_http: false };
    let https = GitHost::of(&ssh).ok().and_then(|host| sync_url(&ssh, &host, &options).ok());
    https.map_or(url, |https| https.to_string())
}

fn take(git: &UninstallGitArgs, bootstrap: &mut BootstrapGitArgs) {
    let UninstallGitArgs {
        // Read for the repository.
        git: _,
        url: _,
        branch: _,
        path: _,
        ca_file,
        allow_insecure_http,
        token,
        private_key_file,
        host_keys,
        commit,
        pull_request,
        proposal,
    } = git.clone();
    let over_ssh = bootstrap
        .repository
        .url
        .as_ref()
        .is_some_and(|url| url.parse::<GitUrl>().is_ok_and(|url| url.scheme == Scheme::Ssh));
    bootstrap.repository.ca_file = ca_file;
    bootstrap.repository.allow_insecure_http = allow_insecure_http;
    // A token that is not given is asked for, or read from a pipe.
    bootstrap.token.token_auth = (!over_ssh).then_some(true);
    bootstrap.token.given = token;
    bootstrap.ssh.private_key_file = private_key_file;
    bootstrap.ssh.host_keys = host_keys;
    bootstrap.commit = commit;
    (bootstrap.pull_request.pull_request, bootstrap.pull_request.proposal) = (pull_request, proposal);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, parse};

    fn resolved(flags: &[&str], followed: Option<&str>) -> Result<BootstrapConfig, Error> {
        let line = ["flux", "uninstall", "--git"].iter().chain(flags).map(Into::into);
        let Ok(Command::Uninstall(args)) = parse(line, &Environment::default()) else { panic!("{flags:?}") };
        let followed =
            followed.map(|url| Followed { url: url.into(), branch: "prod".into(), path: "./clusters/a".into() });
        resolve_repository(&args, &Environment::default(), followed.as_ref()).map(|(config, _)| config)
    }

    #[test]
    fn the_cluster_tells_the_repository_and_flags_win() {
        let config = resolved(&["--password=x", "--author-name=me"], Some("https://git.example.com/a")).unwrap();
        assert_eq!(config.source.clone_url.to_string(), "https://git.example.com/a");
        assert_eq!((config.source.branch.as_str(), config.source.path.as_tree_path()), ("prod", "clusters/a"));
        assert_eq!(config.commit.author_name, "me");
        let config = resolved(&["--password=x", "--path=b"], Some("ssh://git@ssh.dev.azure.com/v3/o/p/r")).unwrap();
        assert_eq!(config.source.clone_url.to_string(), "https://dev.azure.com/o/p/_git/r");
        assert_eq!(config.source.path.as_tree_path(), "b");
        let config = resolved(&[], Some("ssh://git@git.example.com/a")).unwrap();
        assert_eq!(config.source.clone_url.scheme, Scheme::Ssh);
    }

    #[test]
    fn a_proposal_is_run_again_with_all_that_the_cluster_told() {
        let flags = ["--password=secret-1", "--pull-request", "--branch=main"];
        let config = resolved(&flags, Some("https://git.example.com/a")).unwrap();
        let proposal = config.pull_request.unwrap();
        assert!(proposal.run_again.ends_with(" --url=https://git.example.com/a --path=./clusters/a"), "{proposal:?}");
        assert!(!proposal.run_again.contains("secret-1"));
        assert_eq!(resolved(&["--password=x"], Some("https://git.example.com/a")).unwrap().pull_request, None);
    }

    #[test]
    fn a_repository_that_nobody_tells_is_asked_for() {
        let error = resolved(&["--url=https://git.example.com/a"], None).unwrap_err();
        assert!(error.hints[0].contains("--branch"), "{error:?}");
        assert!(resolved(&["--url=https://git.example.com/a", "--branch=a", "--path=b"], None).is_ok());
    }
}
