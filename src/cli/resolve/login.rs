//! `--git-login`, and when it is meant without being given.

use super::reading::{Reading, given};
use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::login::narrowed;
use crate::domain::config::{CloneSignIn, ClusterSignIn, GitLogin, LoginMode, SecretSource, SourceConfig};
use crate::domain::error::Error;
use crate::domain::git_host::GitHost;
use crate::domain::git_url::Scheme;

/// What else is known of how this run and the cluster sign in.
pub(super) struct Known<'a> {
    pub(super) login: Option<GitLogin>,
    pub(super) clone: CloneSignIn,
    pub(super) cluster: ClusterSignIn,
    pub(super) token: &'a SecretSource,
    pub(super) source: Option<&'a SourceConfig>,
    /// The service's API is asked besides git.
    pub(super) api: bool,
}

/// What `--git-login` names.
pub(super) fn resolve(mode: Option<&str>, findings: &mut Reading<'_>) -> Option<GitLogin> {
    let mode = given(mode.map(str::to_owned).as_ref())?.to_owned();
    if mode == "auto" {
        return Some(GitLogin::Auto);
    }
    let found = LoginMode::ALL.into_iter().find(|known| known.as_str() == mode);
    findings
        .value("--git-login", found.map(GitLogin::Only).ok_or_else(|| format!("`{mode}` is not a source of tokens")))
}

/// What this run shows: a sign-in where it is asked for, or where nothing was given for an address that needs something
/// and the cluster gets none of it.
pub(super) fn of_run(known: &Known<'_>, findings: &mut Reading<'_>) -> CloneSignIn {
    let Some(source) = known.source else { return known.clone };
    let Some(login) = known.login else {
        let in_cloud = matches!(source.host, GitHost::AzureDevOps(AzureRepo::Cloud(_)));
        let is_implied = in_cloud
            && source.clone_url.scheme == Scheme::Https
            && matches!(known.cluster, ClusterSignIn::Ssh | ClusterSignIn::Identity)
            && *known.token == SecretSource::None;
        return if is_implied { CloneSignIn::Login(GitLogin::Auto) } else { known.clone };
    };
    match known.clone {
        CloneSignIn::Ssh if known.api => {
            if *known.token != SecretSource::None {
                findings.error(beside_token());
            }
            if let Some(error) = unfit(login, &source.host) {
                findings.error(error);
            }
            return known.clone;
        }
        CloneSignIn::Ssh => {
            findings.useless(&[("--git-login", true)], "over SSH");
            return known.clone;
        }
        _ if source.clone_url.scheme == Scheme::Http => {
            findings.error(Error::usage("`--git-login` does not go with a `--url` that starts with `http://`"));
        }
        _ if *known.token != SecretSource::None => findings.error(beside_token()),
        _ if matches!(known.cluster, ClusterSignIn::Token(_)) => findings.error(for_cluster()),
        _ => {}
    }
    if let Some(error) = unfit(login, &source.host) {
        findings.error(error);
    }
    CloneSignIn::Login(login)
}

fn beside_token() -> Error {
    Error::usage("`--git-login` and a given token exclude each other")
        .hint("Leave out `--git-login`, or the token: --password, --password-file and GIT_PASSWORD.")
}

/// What a sign-in gives lives an hour; a cluster would stop to sync then.
fn for_cluster() -> Error {
    Error::usage(
        "`--token-auth` needs a token that the cluster can keep, and `--git-login` gives one that dies within hours",
    )
    .hint("Let the cluster sync over SSH (leave out `--token-auth`), which needs a deploy key alone.")
    .hint("Or let it sign in by its own identity, which needs no secret at all: `--provider=azure`.")
    .hint("Or give a token with --password-file in place of `--git-login`; the cluster keeps it.")
}

/// A source whose tokens the host does not take.
fn unfit(login: GitLogin, host: &GitHost) -> Option<Error> {
    let GitLogin::Only(mode) = login else { return None };
    let fits = match host {
        GitHost::AzureDevOps(AzureRepo::Cloud(_)) => true,
        GitHost::AzureDevOps(AzureRepo::Server(_)) => !mode.is_entra(),
        GitHost::Other => mode == LoginMode::CredentialHelper,
    };
    (!fits).then(|| {
        Error::usage(format!("`--git-login={mode}` gives tokens of Azure, which the host of `--url` does not take"))
            .hint("Use `--git-login=credential-helper`, or give a token.")
    })
}

/// What `AZURE_TOKEN_CREDENTIALS` leaves to `auto`.
pub(super) fn sources(clone: CloneSignIn, api: Option<GitLogin>, findings: &mut Reading<'_>) -> Option<Vec<LoginMode>> {
    let value = findings.environment.variable("AZURE_TOKEN_CREDENTIALS")?.to_owned();
    if clone != CloneSignIn::Login(GitLogin::Auto) && api != Some(GitLogin::Auto) {
        return None;
    }
    narrowed(&value)
        .map_err(|value| {
            let error = Error::usage(format!("`AZURE_TOKEN_CREDENTIALS` holds `{value}`, which is not known"));
            findings.error(error.hint(
                "Set it to `dev`, `prod`, or one name such as `AzureCLICredential`, or choose with --git-login.",
            ));
        })
        .ok()
}
