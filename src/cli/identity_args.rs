//! How the cluster signs in without a Secret.

use clap::Args;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The cluster's identity")]
pub(super) struct IdentityArgs {
    /// How the cluster signs in to the repository: `azure` by its own identity at Microsoft Entra, without a Secret; `generic` by what its Secret holds [default: as the repository says, else generic]
    #[arg(long, value_name = "NAME", value_parser = ["azure", "generic"])]
    pub(super) provider: Option<String>,
    /// Client id of the managed identity or application that the cluster is (recorded)
    #[arg(long, value_name = "GUID")]
    pub(super) cluster_identity_client_id: Option<String>,
    /// Tenant of that identity (recorded) [default: the organisation's]
    #[arg(long, value_name = "GUID")]
    pub(super) cluster_identity_tenant_id: Option<String>,
    /// How the controllers prove it (recorded): `webhook` on AKS, `projected` anywhere, `object` by an account of its own, `node` by the kubelet's identity; `auto` takes `webhook` where the cluster has it, else `projected` [default: auto]
    #[arg(long, value_name = "MODE", value_parser = ["auto", "webhook", "projected", "object", "node"])]
    pub(super) cluster_identity_mode: Option<String>,
    /// Service account that signs in, in mode `object` (recorded) [default: flux-git]
    #[arg(long, value_name = "NAME")]
    pub(super) cluster_identity_service_account: Option<String>,
}
