//! The cluster's own identity: whose it is must be known, and it must work before what the cluster has is given up.

use crate::bootstrap::decide::case::Case;
use crate::domain::cluster_options::{ClusterIdentity, IdentityMode};
use crate::domain::error::Error;
use crate::domain::issuer::is_in_cluster;
use crate::hints::entra::federated_credential_command;
use crate::manifests::cluster_options::AUDIENCE;
use crate::open::identity_trial::IdentityTrial;

const NAME_TENANT: &str =
    "Name it: `--cluster-identity-tenant-id=<GUID>`, as `az account show --query tenantId` prints it.";

/// Refuses an identity without a client id, which nothing can stand for but the kubelet's only one.
pub(crate) fn nobody(identity: &ClusterIdentity) -> Option<Error> {
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
    let told = match case.looked.tenant.failure() {
        Some(error) => {
            Error { message: "the organisation cannot be asked for its tenant".into(), ..error.clone().caused_first() }
        }
        None => Error::usage(
            "the organisation of `--url` names no tenant of Microsoft Entra, so identities of Entra are nobody to it",
        ),
    };
    Some(told.hint(NAME_TENANT))
}

/// Refuses an export that would have to ask somebody: whose identity it is must be said.
pub(crate) fn incomplete(identity: &ClusterIdentity) -> Option<Error> {
    let is_without = identity.azure && identity.tenant_id.is_none() && identity.mode != Some(IdentityMode::Node);
    let untold = || Error::usage("an export asks nobody for the tenant of the cluster's identity").hint(NAME_TENANT);
    nobody(identity).or_else(|| is_without.then(untold))
}

/// Refuses a cluster whose tokens Entra cannot verify: nobody outside it can look up who issues them.
pub(crate) fn issuer_in_cluster(case: &Case<'_>) -> Option<Error> {
    let issuer = case.answers.identity.known()?.issuer.as_ref().filter(|issuer| is_in_cluster(issuer))?;
    Some(
        Error::refused(format!("the tokens of this cluster are issued by `{issuer}`, which Microsoft Entra cannot reach"))
            .hint("On AKS: `az aks update --name <cluster> --resource-group <group> --enable-oidc-issuer --enable-workload-identity`.")
            .hint("Elsewhere, let `--service-account-issuer` of the API server be an https address that serves its discovery document to the internet.")
            .hint("Or use `--cluster-identity-mode=node`, which needs no issuer."),
    )
}

/// Refuses an identity that Entra or Azure DevOps refuses. Only where the cluster has nothing to lose, and the refusal may pass
/// by itself, the run goes on and tries again.
pub(crate) fn refused(case: &Case<'_>) -> Option<Error> {
    let answer = case.answers.identity.known()?;
    let IdentityTrial::Refused { error, passing } = &answer.trial else { return None };
    if *passing && !gives_up_a_credential(case) || issuer_in_cluster(case).is_some() {
        return None;
    }
    let mut error = (**error).clone();
    let identity = case.draft.inquiry.identity.as_ref()?;
    let command =
        answer.issuer.as_ref().map(|issuer| federated_credential_command(issuer, &identity.subject(), AUDIENCE));
    let is_told = error.hints.iter().any(|hint| hint.contains("federated-credential create"));
    if let Some(command) = command.filter(|_| !is_told && error.causes.iter().any(|cause| cause.contains("AADSTS"))) {
        error = error.hint(format!("The federated credential that this cluster needs: `{command}`."));
    }
    if gives_up_a_credential(case) {
        error = error.hint("The cluster keeps the credential that it has until the identity works.");
    }
    Some(error)
}

/// The cluster reads by something else than an identity now.
fn gives_up_a_credential(case: &Case<'_>) -> bool {
    case.flux().git_repository.as_ref().is_some_and(|live| live["spec"]["provider"] != "azure")
}
