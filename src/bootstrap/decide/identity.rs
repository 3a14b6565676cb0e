//! The cluster's own identity in a plan.

use super::case::Case;
use crate::domain::cluster_options::{Guid, IdentityMode};
use crate::domain::config::ClusterSignIn;
use crate::plan::PlannedIdentity;

/// Where the repository records one.
pub(super) fn planned(case: &Case<'_>) -> Option<PlannedIdentity> {
    let identity = &case.draft.options.after.identity;
    let text = |id: &Option<Guid>| id.as_ref().map(ToString::to_string);
    identity.azure.then(|| PlannedIdentity {
        client_id: text(&identity.client_id),
        tenant_id: text(&identity.tenant_id),
        mode: identity.mode.map_or("auto", IdentityMode::as_str).to_owned(),
        certificates: identity.ca,
    })
}

/// What speaks against the way that was chosen, without forbidding it.
pub(super) fn warnings(case: &Case<'_>) -> Vec<String> {
    let (before, after) = (&case.draft.options.before.identity, &case.draft.options.after.identity);
    let is_chosen = after.azure && before.mode != after.mode;
    let mode = match after.mode {
        Some(IdentityMode::Object) if is_chosen && case.cluster.identity_webhook == Some(true) => Some(
            "`--cluster-identity-mode=object` was seen to fail on AKS (https://github.com/fluxcd/flux2/issues/5359); `webhook` is proven there",
        ),
        Some(IdentityMode::Node) if is_chosen => Some(
            "`--cluster-identity-mode=node` gives every pod of the node the same access, and Flux tests it for registries alone; `webhook` and `projected` do not",
        ),
        _ => None,
    };
    let is_told =
        case.config.options.provider.is_none() && matches!(case.config.credentials.cluster, ClusterSignIn::Token(_));
    let token = (after.azure && is_told).then_some(
        "the repository says that the cluster signs in by its own identity, so the token serves this run alone; `--provider=generic` gives it to the cluster",
    );
    mode.into_iter().chain(token).map(str::to_owned).collect()
}
