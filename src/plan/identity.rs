//! The cluster's own identity in a plan.

use serde::Serialize;

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
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("provider azure, {secret} ({})", parts.join(", "))
    }
}
