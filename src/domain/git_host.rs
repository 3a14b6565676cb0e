//! What kind of service a repository is at, found out once.

use crate::domain::azure_devops::{AzureRepo, AzureUrlError};
use crate::domain::git_url::GitUrl;

/// The service behind a repository's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitHost {
    /// Azure DevOps, in the cloud or on a server of one's own.
    AzureDevOps(AzureRepo),
    /// Any other.
    Other,
}

impl GitHost {
    /// The service at an address.
    ///
    /// # Errors
    /// The host belongs to Azure DevOps, but the path is not that of a repository.
    pub fn of(url: &GitUrl) -> Result<Self, AzureUrlError> {
        Ok(AzureRepo::parse(url)?.map_or(Self::Other, Self::AzureDevOps))
    }

    /// The repository, where it is at Azure DevOps.
    pub(crate) const fn azure_repo(&self) -> Option<&AzureRepo> {
        match self {
            Self::AzureDevOps(repo) => Some(repo),
            Self::Other => None,
        }
    }

    /// Whether its SSH server looks at RSA keys alone, as that of Azure DevOps does.
    pub(crate) const fn takes_rsa_keys_alone(&self) -> bool {
        matches!(self, Self::AzureDevOps(_))
    }
}
