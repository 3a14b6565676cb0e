//! The cluster's own identity in a plan.

use serde::Serialize;

use super::secret::SecretPurpose;
use crate::domain::git_url::GitUrl;

/// By what the cluster signs in instead of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlannedIdentity {
    /// The application or managed identity; none for the kubelet's only one.
    pub client_id: Option<String>,
    /// Its tenant; none for the kubelet's.
    pub tenant_id: Option<String>,
    /// As `--cluster-identity-mode` names it.
    pub mode: String,
    /// Why `auto` came to this mode and not to the one before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The GitRepository refers to a Secret that holds certificates alone.
    pub certificates: bool,
}

impl PlannedIdentity {
    /// In one line.
    pub(crate) fn text(&self) -> String {
        let secret = if self.certificates { "a secret of certificates alone" } else { "no secret" };
        let parts = [
            self.client_id.as_ref().map(|id| format!("client id {id}")),
            self.tenant_id.as_ref().map(|id| format!("tenant {id}")),
            Some(format!("mode {}", self.mode)),
            self.reason.clone(),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("provider azure, {secret} ({})", parts.join(", "))
    }
}

/// An identity that trusts a service account, and the repository that it shall read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FederatedIdentity {
    /// Flux's namespace.
    pub namespace: String,
    /// The service account that source-controller signs in as.
    pub account: String,
    /// The application or managed identity.
    pub client_id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// The repository as the cluster reaches it.
    pub url: GitUrl,
}

impl FederatedIdentity {
    /// The subject of its federated credential.
    pub(crate) fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.account)
    }
}

/// By what the cluster signs in while it is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WaitedIdentity {
    /// Who.
    pub identity: FederatedIdentity,
    /// Who issues the tokens of the cluster, where that could be read.
    pub issuer: Option<String>,
    /// Azure's webhook gives the controllers their token.
    pub by_webhook: bool,
}

/// Take away the Secret that the cluster needs no longer, once it has read the repository without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DropOldSecret {
    /// What it was for: the source, or its proxy.
    pub purpose: SecretPurpose,
    /// Where it is.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The names of its keys that go.
    pub keys: Vec<String>,
    /// Its certificates stay, and the Secret with them.
    pub keeps_certificates: bool,
    /// The page where the credential in it is revoked, where that is known.
    pub page: Option<String>,
}

/// Try the identity with a token of its service account until it reads the repository: a new federated credential takes minutes
/// until Entra knows it everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProveIdentity {
    /// Who.
    pub identity: FederatedIdentity,
    /// Who issues the tokens of the cluster, where that could be read.
    pub issuer: Option<String>,
}
