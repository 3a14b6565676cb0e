//! `--git-login`: where this run gets a token of its own from.

use std::fmt;

/// What `--git-login` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitLogin {
    /// The first source that is configured on this machine.
    Auto,
    /// This source and no other.
    Only(LoginMode),
}

/// A source of tokens. Names are those of kubelogin, where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LoginMode {
    /// A service principal with a secret or a certificate.
    Spn,
    /// A service principal or managed identity that trusts a token in a file.
    WorkloadIdentity,
    /// A service connection of Azure Pipelines with workload identity federation.
    AzurePipelines,
    /// A job of GitHub Actions, by its OIDC token.
    GithubActions,
    /// The token of a job of Azure Pipelines itself.
    JobToken,
    /// Whoever is signed in with `az`.
    AzureCli,
    /// Whoever is signed in with `azd`.
    Azd,
    /// Whatever git's credential helper knows.
    CredentialHelper,
    /// The managed identity of this machine.
    Msi,
}

impl LoginMode {
    /// All sources, in the order in which `auto` tries them.
    pub const ALL: [Self; 9] = [
        Self::Spn,
        Self::WorkloadIdentity,
        Self::AzurePipelines,
        Self::GithubActions,
        Self::JobToken,
        Self::AzureCli,
        Self::Azd,
        Self::CredentialHelper,
        Self::Msi,
    ];

    /// As `--git-login` takes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spn => "spn",
            Self::WorkloadIdentity => "workloadidentity",
            Self::AzurePipelines => "azurepipelines",
            Self::GithubActions => "githubactions",
            Self::JobToken => "jobtoken",
            Self::AzureCli => "azurecli",
            Self::Azd => "azd",
            Self::CredentialHelper => "credential-helper",
            Self::Msi => "msi",
        }
    }

    /// Whether what it gives is a token of Entra, which only Azure's cloud accepts.
    pub const fn is_entra(self) -> bool {
        !matches!(self, Self::JobToken | Self::CredentialHelper)
    }
}

impl fmt::Display for LoginMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The sources that `AZURE_TOKEN_CREDENTIALS` leaves to `auto`, as in Azure's own SDKs: those of developers (`dev`), those
/// of deployed services (`prod`), or one by its name there.
///
/// # Errors
/// The value, where it is none of them.
pub(crate) fn narrowed(value: &str) -> Result<Vec<LoginMode>, String> {
    use LoginMode::{
        Azd, AzureCli, AzurePipelines, CredentialHelper, GithubActions, JobToken, Msi, Spn, WorkloadIdentity,
    };
    Ok(match value.trim().to_ascii_lowercase().as_str() {
        "dev" => vec![AzureCli, Azd, CredentialHelper],
        "prod" => vec![Spn, WorkloadIdentity, AzurePipelines, GithubActions, JobToken, Msi],
        "environmentcredential" => vec![Spn],
        "workloadidentitycredential" => vec![WorkloadIdentity],
        "azurepipelinescredential" => vec![AzurePipelines],
        "azureclicredential" => vec![AzureCli],
        "azuredeveloperclicredential" => vec![Azd],
        "managedidentitycredential" => vec![Msi],
        _ => return Err(value.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_the_sdks_narrows() {
        assert_eq!(narrowed("dev").unwrap()[0], LoginMode::AzureCli);
        assert_eq!(narrowed(" ManagedIdentityCredential").unwrap(), [LoginMode::Msi]);
        let both: Vec<LoginMode> = ["dev", "prod"].iter().flat_map(|value| narrowed(value).unwrap()).collect();
        assert!(LoginMode::ALL.iter().all(|mode| both.contains(mode)));
        assert_eq!(narrowed("none"), Err("none".to_owned()));
    }
}
