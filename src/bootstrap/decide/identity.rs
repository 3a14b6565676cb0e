//! The cluster's own identity in a plan.

use super::case::Case;
use crate::domain::cluster_options::{Guid, IdentityMode};
use crate::domain::config::ClusterSignIn;
use crate::domain::flux::Component;
use crate::hints::entra::federated_credential_command;
use crate::manifests::cluster_options::AUDIENCE;
use crate::open::identity_trial::IdentityTrial;
use crate::plan::{FederatedIdentity, PlannedIdentity, ProveIdentity, Unproven, WaitedIdentity};

/// Where the repository records one.
pub(super) fn planned(case: &Case<'_>) -> Option<PlannedIdentity> {
    let identity = &case.draft.options.after.identity;
    let text = |id: &Option<Guid>| id.as_ref().map(ToString::to_string);
    identity.azure.then(|| PlannedIdentity {
        client_id: text(&identity.client_id),
        tenant_id: text(&identity.tenant_id),
        mode: identity.mode.map_or("auto", IdentityMode::as_str).to_owned(),
        reason: passed_over(case).map(str::to_owned),
        certificates: identity.ca,
    })
}

/// Why `auto` passed over the webhook, where this run decides it.
fn passed_over(case: &Case<'_>) -> Option<&'static str> {
    let (before, after) = (&case.draft.options.before.identity, &case.draft.options.after.identity);
    let is_decided = case.config.options.asks_for_webhook() && before.mode != after.mode;
    if !is_decided || after.mode != Some(IdentityMode::Projected) {
        return None;
    }
    Some(match case.cluster.identity_webhook {
        Some(_) => "since the cluster has no webhook of Azure Workload Identity",
        None => "since it is not known whether the cluster has the webhook of Azure Workload Identity",
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
    let mut told: Vec<String> = mode.into_iter().chain(token).map(str::to_owned).collect();
    told.extend(second_controller(case).filter(|_| is_chosen));
    told.extend(only_git_trusts(case).map(str::to_owned));
    told
}

/// The certificates of `--ca-file` serve git alone, while the controllers ask Entra through the same proxy.
fn only_git_trusts(case: &Case<'_>) -> Option<&'static str> {
    let options = &case.draft.options.after;
    let asks_entra = options.identity.azure && options.identity.mode != Some(IdentityMode::Node);
    let is_proxied = case.is_proxied || options.controller_proxy.is_some();
    let is_told = asks_entra && is_proxied && case.credentials.ca.is_some() && !options.controller_ca_file;
    is_told.then_some(
        "the certificates of `--ca-file` serve git alone: where the proxy shows certificates of its own, the controllers need \
         its authority for Microsoft Entra too (`--controller-ca-file`)",
    )
}

/// image-automation-controller reads, and pushes, as an account of its own.
fn second_controller(case: &Case<'_>) -> Option<String> {
    let name = Component::ImageAutomationController.as_str();
    let identity = case.draft.inquiry.identity.as_ref()?;
    let is_installed = case.draft.deployments.iter().any(|deployment| deployment == name);
    if !is_installed || case.draft.options.after.identity.mode == Some(IdentityMode::Object) {
        return None;
    }
    let subject = FederatedIdentity { account: name.to_owned(), ..identity.clone() }.subject();
    let issuer = case.answers.identity.known().and_then(|answer| answer.issuer.as_deref()).unwrap_or("<issuer>");
    let command = federated_credential_command(issuer, &subject, AUDIENCE);
    Some(format!("{name} needs a federated credential of its own, and Contribute on the repository: `{command}`"))
}

/// The proof that follows the components, where there is none yet.
pub(super) fn proof(case: &Case<'_>) -> Option<ProveIdentity> {
    let identity = case.draft.inquiry.identity.clone()?;
    let answer = case.answers.identity.known();
    let is_proven = answer.is_some_and(|answer| matches!(answer.trial, IdentityTrial::Proven));
    let issuer = answer.and_then(|answer| answer.issuer.clone());
    (!is_proven).then_some(ProveIdentity { identity, issuer })
}

/// By what the cluster signs in while it is waited for; none where the machine gives it its identity.
pub(super) fn waited(case: &Case<'_>) -> Option<WaitedIdentity> {
    let issuer = case.answers.identity.known().and_then(|answer| answer.issuer.clone());
    let by_webhook = case.draft.options.after.identity.mode == Some(IdentityMode::Webhook);
    case.draft.inquiry.identity.clone().map(|identity| WaitedIdentity { identity, issuer, by_webhook })
}

/// What of the identity is not proven before the first write.
pub(super) fn unproven(case: &Case<'_>) -> Option<Unproven> {
    let identity = &case.draft.options.after.identity;
    if identity.azure && identity.mode == Some(IdentityMode::Node) && !case.draft.settled {
        let reason = "the machine gives the cluster its identity, so only the cluster can try it".to_owned();
        return Some(Unproven { what: "identity of the kubelet".to_owned(), reason });
    }
    let step = proof(case)?;
    let issuer = step.issuer.as_deref().unwrap_or("not known");
    let why = match case.answers.identity.known().map(|answer| &answer.trial) {
        Some(IdentityTrial::Unknown(reason)) => format!("; {reason}"),
        _ => String::new(),
    };
    let subject = step.identity.subject();
    let reason = format!("tried after the components (issuer {issuer}, subject {subject}){why}");
    Some(Unproven { what: "federated credential".to_owned(), reason })
}
