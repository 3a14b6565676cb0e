//! The cluster's own identity: whose it is must be known.

use crate::bootstrap::decide::case::Case;
use crate::domain::cluster_options::IdentityMode;
use crate::domain::error::Error;

/// Refuses an identity without a client id, which nothing can stand for but the kubelet's only one.
pub(crate) fn nobody(case: &Case<'_>) -> Option<Error> {
    let identity = &case.draft.options.after.identity;
    let is_nobody = identity.azure && identity.client_id.is_none() && identity.mode != Some(IdentityMode::Node);
    is_nobody.then(|| {
        Error::usage("`--provider=azure` needs `--cluster-identity-client-id` the first time; later runs find it in the repository")
            .hint("Make an identity for the cluster: `az identity create --name <identity> --resource-group <group> --query clientId`.")
            .hint("Where the kubelet's own identity may read the repository, use `--cluster-identity-mode=node`, which needs none.")
    })
}

/// Refuses an identity of a tenant that nobody names.
pub(crate) fn no_tenant(case: &Case<'_>) -> Option<Error> {
    let identity = &case.draft.options.after.identity;
    if !identity.azure || identity.tenant_id.is_some() || identity.mode == Some(IdentityMode::Node) {
        return None;
    }
    let hint = "Name it: `--cluster-identity-tenant-id=<GUID>`, as `az account show --query tenantId` prints it.";
    let told = match case.looked.tenant.failure() {
        Some(error) => {
            Error { message: "the organisation cannot be asked for its tenant".into(), ..error.clone().caused_first() }
        }
        None => Error::usage(
            "the organisation of `--url` names no tenant of Microsoft Entra, so identities of Entra are nobody to it",
        ),
    };
    Some(told.hint(hint))
}
