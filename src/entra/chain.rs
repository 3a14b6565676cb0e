//! The sources in their order: the first that is configured decides.

use super::error::EntraError;
use super::source::{Grant, Granted, Wanted, Without, not_configured};
use super::{
    azd, azure_cli, azure_pipelines, credential_helper, github_actions, job_token, managed_identity, spn,
    workload_identity,
};
use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::{GitLogin, LoginMode};
use crate::domain::git_host::GitHost;

/// Signs in by the first of `modes` that is configured. Its failure is the end: no other identity acts unnoticed.
pub(super) fn first(
    modes: &[(LoginMode, bool)],
    wanted: &Wanted<'_>,
    check: impl Fn(LoginMode, &Grant) -> Result<(), EntraError>,
) -> Result<(LoginMode, Grant), EntraError> {
    let mut passed_over = Vec::new();
    for (mode, allowed) in modes {
        let found = if *allowed { sign_in(*mode, wanted) } else { not_configured(LEFT_OUT) };
        match found {
            Ok(grant) => return check(*mode, &grant).map(|()| (*mode, grant)),
            Err(Without::NotConfigured(reason)) => {
                tracing::debug!(%mode, reason, "passed over");
                passed_over.push((*mode, reason));
            }
            Err(Without::Failed(error)) => return Err(error),
        }
    }
    Err(EntraError::NoSource { passed_over })
}

/// Why a source is not asked although it might know something.
const LEFT_OUT: &str = "`AZURE_TOKEN_CREDENTIALS` leaves it out";

/// The sources for a repository, and whether each is asked. Azure's cloud alone takes tokens of Entra, and only a host
/// of Azure DevOps those of its jobs.
pub(super) fn modes(login: GitLogin, host: &GitHost, narrowed: Option<&[LoginMode]>) -> Vec<(LoginMode, bool)> {
    match login {
        GitLogin::Only(mode) => vec![(mode, true)],
        GitLogin::Auto => {
            let fits = |mode: &LoginMode| match host {
                GitHost::AzureDevOps(AzureRepo::Cloud(_)) => true,
                GitHost::AzureDevOps(AzureRepo::Server(_)) => !mode.is_entra(),
                GitHost::Other => *mode == LoginMode::CredentialHelper,
            };
            let allowed = |mode: &LoginMode| narrowed.is_none_or(|narrowed| narrowed.contains(mode));
            LoginMode::ALL.into_iter().filter(fits).map(|mode| (mode, allowed(&mode))).collect()
        }
    }
}

/// Asks one source.
pub(super) fn sign_in(mode: LoginMode, wanted: &Wanted<'_>) -> Granted {
    match mode {
        LoginMode::Spn => spn::sign_in(wanted),
        LoginMode::WorkloadIdentity => workload_identity::sign_in(wanted),
        LoginMode::AzurePipelines => azure_pipelines::sign_in(wanted),
        LoginMode::GithubActions => github_actions::sign_in(wanted),
        LoginMode::JobToken => job_token::sign_in(wanted),
        LoginMode::AzureCli => azure_cli::sign_in(wanted),
        LoginMode::Azd => azd::sign_in(wanted),
        LoginMode::CredentialHelper => credential_helper::sign_in(wanted),
        LoginMode::Msi => managed_identity::sign_in(wanted),
    }
}
