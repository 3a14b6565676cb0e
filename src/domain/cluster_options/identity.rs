//! The cluster's own identity at Microsoft Entra: who it is, and how its controllers prove it (`--provider=azure`).

use std::fmt;
use std::str::FromStr;

/// The service account that reads the repository in mode `object`, unless another one is named.
const DEFAULT_ACCOUNT: &str = "flux-git";

/// How a GitRepository signs in (`spec.provider`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    /// By the cluster's identity at Entra.
    Azure,
    /// By what a Secret holds.
    Generic,
}

/// How the controllers come by a token that Entra takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdentityMode {
    /// One of the next two, whichever the cluster has; never recorded.
    Auto,
    /// Azure's webhook puts it into their pods, as on AKS.
    Webhook,
    /// It is mounted into their pods, anywhere.
    Projected,
    /// They ask for a token of an account that the object names.
    Object,
    /// The machine's service has the kubelet's identity.
    Node,
}

/// A GUID, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guid(String);

/// What is recorded of the cluster's identity; empty where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClusterIdentity {
    /// `--provider=azure`
    pub azure: bool,
    /// `--cluster-identity-client-id`
    pub client_id: Option<Guid>,
    /// `--cluster-identity-tenant-id`
    pub tenant_id: Option<Guid>,
    /// `--cluster-identity-mode`, with `auto` decided.
    pub mode: Option<IdentityMode>,
    /// `--cluster-identity-service-account`
    pub service_account: Option<String>,
    /// `--ca-file`: the GitRepository refers to a Secret that holds certificates.
    pub ca: bool,
}

impl ClusterIdentity {
    /// The service account that signs in, in mode `object`.
    pub(crate) fn account(&self) -> &str {
        self.service_account.as_deref().unwrap_or(DEFAULT_ACCOUNT)
    }
}

impl IdentityMode {
    /// All, as `--cluster-identity-mode` takes them.
    pub(crate) const ALL: [Self; 5] = [Self::Auto, Self::Webhook, Self::Projected, Self::Object, Self::Node];

    /// As the flag takes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Webhook => "webhook",
            Self::Projected => "projected",
            Self::Object => "object",
            Self::Node => "node",
        }
    }
}

impl FromStr for IdentityMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        known.ok_or_else(|| format!("`{text}` is none of `auto`, `webhook`, `projected`, `object` and `node`"))
    }
}

impl FromStr for Provider {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "azure" => Ok(Self::Azure),
            "generic" => Ok(Self::Generic),
            _ => Err(format!("`{text}` is neither `azure` nor `generic`")),
        }
    }
}

impl Guid {
    /// As it is sent.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Guid {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lengths = text.split('-').map(str::len);
        let is_hex = text.chars().all(|letter| letter == '-' || letter.is_ascii_hexdigit());
        if is_hex && lengths.eq([8, 4, 4, 4, 12]) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(format!("`{text}` is not a GUID"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_read_in_either_case() {
        let id: Guid = "11111111-2222-4333-8444-55555555AAAA".parse().unwrap();
        assert_eq!(id.as_str(), "11111111-2222-4333-8444-55555555aaaa");
        for wrong in ["", "flux", "11111111-2222-4333-8444-55555555aaa", "1111111g-2222-4333-8444-55555555aaaa"] {
            assert!(wrong.parse::<Guid>().is_err(), "{wrong}");
        }
    }
}
