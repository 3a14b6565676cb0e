//! Everything that the facts refuse, together.

use std::collections::BTreeSet;

use serde_json::Value;

use super::guards::{self, BuiltSync};
use super::observe::{self, ObservedCluster};
use super::repository::ObservedRepository;
use super::run::Run;
use super::work::{flux_deployments, own_sync};
use crate::cluster::{Cluster, ClusterError, ForeignOwner};
use crate::domain::error::Error;
use crate::domain::flux::Component;
use crate::domain::git_url::GitUrl;
use crate::domain::object_ref::ObjectRef;
use crate::domain::sync_url::same_repository;
use crate::flux_api::{git_repository, kustomization};
use crate::manifests::churn::{self, ExistingHeader};

/// Everything that the facts alone refuse.
pub fn refusals(
    run: &Run<'_>,
    observed: &ObservedCluster,
    repository: &ObservedRepository,
    sync: &[serde_json::Value],
    deployments: &[String],
    warnings: &mut Vec<String>,
) -> Vec<Error> {
    let (flux, safety) = (&observed.flux, &run.config.safety);
    let namespace = run.wanted.sync.namespace.as_str();
    let mut refusals: Vec<Error> = guards::terminating(flux, namespace).into_iter().collect();
    let find = |kind: &str| own_sync(sync, kind, namespace);
    match (find(git_repository::KIND), find(kustomization::KIND)) {
        (Some(git_repository), Some(kustomization)) => {
            let built = BuiltSync { git_repository, kustomization };
            refusals.extend(guards::path_change(flux, built, safety));
            let same = |live: &str, wanted: &str| match (live.parse::<GitUrl>(), wanted.parse::<GitUrl>()) {
                (Ok(live), Ok(wanted)) => same_repository(&live, &wanted),
                _ => live == wanted,
            };
            refusals.extend(guards::source_change(flux, built, safety, same, warnings));
        }
        _ if repository.build.unsupported.is_empty() => {
            refusals.push(guards::sync_not_built(&run.config.source.path.join(namespace)))
        }
        _ => {}
    }
    if repository.build.unsupported.is_empty() {
        let wanted = flux_deployments(&run.wanted.components.objects);
        let lost: Vec<String> = wanted.into_iter().filter(|name| !deployments.contains(name)).collect();
        refusals.extend(guards::deployments_not_built(&lost, &run.config.source.path.join(namespace), safety));
    }
    if repository.build.reached_from_path == Some(false) {
        guards::self_prune(flux, &run.config.source.path.to_string(), namespace, &mut refusals, warnings);
    }
    let text = repository.existing_components.as_deref().map(String::from_utf8_lossy);
    let header = text.as_deref().map(ExistingHeader::read).unwrap_or_default();
    let applied = flux.kustomization.as_ref();
    let applied = applied.map(|object| kustomization::inventory_deployments(object, namespace)).unwrap_or_default();
    let applied = applied.iter().map(String::as_str);
    let removed = churn::removed_components(&header, applied, &run.wanted.components.header.components);
    let extra: Vec<&str> = Component::EXTRA.iter().map(|component| component.as_str()).collect();
    refusals.extend(guards::component_removal(&removed, &extra, safety));
    let target = &run.wanted.components.header.version;
    let in_header = header.version.as_ref().map(ToString::to_string);
    let found = [(in_header.as_deref(), "the repository"), (flux.version.as_deref(), "the cluster")];
    let newer = found.into_iter().filter_map(|(version, place)| {
        let newer = churn::downgrade_from(version, target)?;
        Some((newer.to_string(), place))
    });
    if let Some((newer, place)) = newer.max() {
        refusals.extend(guards::downgrade(Some((&newer, place)), &target.to_string(), safety));
    }
    refusals
}

/// What the cluster alone refuses, where the repository could not be read: said beside that.
pub async fn of_cluster(run: &Run<'_>, observed: &ObservedCluster) -> Vec<Error> {
    let flux = &observed.flux;
    let namespace = run.wanted.sync.namespace.as_str();
    let mut findings: Vec<Error> = guards::terminating(flux, namespace).into_iter().collect();
    findings.extend(flux.owner.as_ref().and_then(|owner| guards::foreign_owner(owner, &run.config.safety)));
    if flux.applied_revision().is_none() {
        // A first bootstrap applies everything.
        let objects: Vec<Value> =
            run.wanted.components.objects.iter().chain(&run.wanted.sync.render().objects).cloned().collect();
        let rights = observe::rights(&objects, Some(namespace), Some(namespace));
        match run.cluster.missing_access(&rights).await {
            Ok(missing) => {
                findings.extend(guards::missing_rights(&missing, run.config.cluster.kube.impersonate.as_deref()))
            }
            Err(error) => findings.push(error.into()),
        }
    }
    findings
}

/// Asks whether to take Flux over from another tool; refuses where nobody can be asked. Gives the tool that it is to be
/// taken from.
///
/// # Errors
/// The question was interrupted.
pub fn take_over(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    repository: &ObservedRepository,
    refusals: &mut Vec<Error>,
) -> Result<Option<ForeignOwner>, Error> {
    let Some(owner) = observed.flux.owner.clone().filter(|owner| !is_own_label(owner, observed, repository)) else {
        return Ok(None);
    };
    let Some(refusal) = guards::foreign_owner(&owner, &run.config.safety) else { return Ok(Some(owner)) };
    let question = format!("{}. Take it over?", refusal.message);
    if refusals.is_empty() && run.can_ask() && run.ask(&question)? {
        return Ok(Some(owner));
    }
    refusals.push(refusal);
    Ok(None)
}

/// An overlay may label everything, the definitions too: what the repository wants and has brought about is no other tool's.
fn is_own_label(owner: &ForeignOwner, observed: &ObservedCluster, repository: &ObservedRepository) -> bool {
    let ForeignOwner::ManagedBy(tool) = owner else { return false };
    let definition = repository.build.objects.iter().find(|object| {
        object["kind"] == "CustomResourceDefinition" && object["metadata"]["name"] == git_repository::CRD
    });
    let wanted = definition.map(|object| &object["metadata"]["labels"]["app.kubernetes.io/managed-by"]);
    observed.flux.applied_revision().is_some() && wanted.is_some_and(|label| label == tool.as_str())
}

/// Refuses objects whose namespace neither exists nor is among what will be applied.
///
/// # Errors
/// The cluster cannot be asked.
pub async fn missing_namespaces(
    run: &Run<'_>,
    observed: &ObservedCluster,
    repository: &ObservedRepository,
) -> Result<Vec<Error>, Error> {
    if !repository.build.unsupported.is_empty() {
        return Ok(Vec::new());
    }
    let own = run.wanted.sync.namespace.as_str();
    let objects = &repository.build.objects;
    let manifests = run.config.install.manifests.as_deref();
    let mut refusals = Vec::new();
    for name in unmade_namespaces(objects, own) {
        let exists = if name == own { observed.flux.namespace_exists } else { exists(&run.cluster, name).await? };
        if !exists {
            refusals.push(guards::missing_namespace(name, name == own, manifests));
        }
    }
    Ok(refusals)
}

/// The namespaces that objects are in and that are not among them; `own` holds the secrets too.
fn unmade_namespaces<'a>(objects: &'a [Value], own: &'a str) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> =
        objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str()).chain([own]).collect();
    for object in objects.iter().filter(|object| object["kind"] == "Namespace" && object["apiVersion"] == "v1") {
        names.remove(object["metadata"]["name"].as_str().unwrap_or_default());
    }
    names.remove("");
    names
}

async fn exists(cluster: &Cluster, namespace: &str) -> Result<bool, Error> {
    match cluster.get(&ObjectRef::cluster_wide("v1", "Namespace", namespace)).await {
        Ok(found) => Ok(found.is_some()),
        // Who may work in it need not be allowed to see it.
        Err(ClusterError::Forbidden { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// What kustomize would do and this tool cannot: refused where nobody else would do it, else left to the controller.
pub fn unsupported(
    observed: &ObservedCluster,
    repository: &ObservedRepository,
    refusals: &mut Vec<Error>,
) -> Option<String> {
    let features = &repository.build.unsupported;
    let first = features.first()?;
    if observed.flux.applied_revision().is_none() {
        refusals.extend(features.iter().map(|feature| {
            Error::refused(format!("the overlay needs what this tool does not do: {feature}"))
                .hint("On a first bootstrap nobody else applies it: leave it out until Flux runs, then add it through the repository.")
        }));
        return None;
    }
    Some(format!("the overlay needs what this tool does not do: {first}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_namespace_is_made_by_the_objects_or_must_exist() {
        let object = |kind: &str, namespace: &str, name: &str| json!({"apiVersion": "v1", "kind": kind, "metadata": {"namespace": namespace, "name": name}});
        let mut objects = vec![object("Service", "a", "x"), object("Secret", "b", "x"), object("ClusterRole", "", "x")];
        assert_eq!(unmade_namespaces(&objects, "own"), ["a", "b", "own"].into());
        objects.extend([object("Namespace", "", "a"), object("Namespace", "", "own")]);
        assert_eq!(unmade_namespaces(&objects, "own"), ["b"].into());
    }
}
