//! What the branch's tip and the cluster say together; asked again at every tip that won a push race.

use serde_json::Value;

use super::guards;
use super::observe::{self, Judged, ObservedCluster};
use super::prune;
use super::refusals;
use super::repository::ObservedRepository;
use super::run::Run;
use super::work::{flux_deployments, own_sync, split_sync};
use crate::cluster::ClusterError;
use crate::domain::error::Error;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::kustomization;

/// What a tip would bring about, and what is to be said of it.
#[derive(Debug)]
pub struct Judgement {
    /// The components to apply; empty when they are left to kustomize-controller.
    pub components: Vec<Value>,
    /// The sync objects to apply.
    pub sync: Vec<Value>,
    /// Flux's Deployments, by name.
    pub deployments: Vec<String>,
    /// Why components are left to kustomize-controller.
    pub left_to_controller: Option<String>,
    /// What the sync will delete of Flux.
    pub pruned: Vec<ObjectRef>,
    /// Everything that speaks against going on.
    pub findings: Vec<Error>,
    /// What is to be said besides.
    pub warnings: Vec<String>,
}

impl Judgement {
    /// Judges a tip by what the cluster holds.
    pub async fn of(run: &Run<'_>, observed: &ObservedCluster, repository: &ObservedRepository) -> Self {
        let build = &repository.build;
        let (components, sync) = split_sync(&build.objects, run.wanted.sync.namespace.as_str());
        let deployments = flux_deployments(&components);
        let mut warnings = Vec::new();
        let mut findings = refusals::refusals(run, observed, repository, &sync, &deployments, &mut warnings);
        let homeless = refusals::missing_namespaces(run, observed, repository).await;
        findings.extend(homeless.unwrap_or_else(|error| vec![error]));
        let left_to_controller = refusals::unsupported(observed, repository, &mut findings);
        if !build.encrypted.is_empty() {
            warnings.push(format!(
                "{} encrypted with SOPS and left to kustomize-controller: {}",
                if build.encrypted.len() == 1 { "one object is" } else { "some objects are" },
                build.encrypted.join(", ")
            ));
        }
        warnings.extend(build.warnings.iter().cloned());
        let pruned = pruned(run, observed, repository, &sync, &mut warnings);
        let components = if left_to_controller.is_some() { Vec::new() } else { components };
        Self { components, sync, deployments, left_to_controller, pruned, findings, warnings }
    }

    /// Asks the cluster what applying the components and the sync objects would change.
    ///
    /// # Errors
    /// Everything that the cluster rejects, together.
    pub async fn changes(
        &self,
        run: &Run<'_>,
        observed: &ObservedCluster,
        repository: &ObservedRepository,
        writes_secret: bool,
    ) -> Result<(Judged, Judged), Error> {
        let revision = repository.tip.map(|tip| format!("{}@sha1:{tip}", run.config.source.branch)).unwrap_or_default();
        let settled = repository.files.manifests.is_none()
            && observe::is_settled(&observed.flux, &revision, &self.deployments, &repository.build.objects);
        // Nothing can be made in a namespace that goes away, which is said already.
        if settled || observed.flux.namespace_terminating {
            return Ok((Judged::default(), Judged::default()));
        }
        let unserved = run.cluster.unserved_versions(&self.components).await?;
        let (components, sync) =
            futures::join!(observe::judge(&run.cluster, &self.components), observe::judge(&run.cluster, &self.sync));
        let mut errors: Vec<Error> = guards::unserved_versions(&unserved).into_iter().collect();
        match (components, sync) {
            (Ok(components), Ok(sync)) if errors.is_empty() => return Ok((components, sync)),
            (components, sync) => {
                let denied = components.err().into_iter().chain(sync.err()).flatten().collect();
                errors.extend(told_by_right(run, self, writes_secret, denied).await);
            }
        }
        Err(Error::together(errors))
    }

    /// Refuses objects of kinds that neither the cluster nor these objects define.
    pub fn unknown_kinds(&self, run: &Run<'_>, components: &Judged, sync: &Judged) -> Vec<Error> {
        let unknown = components.unknown_kinds.iter().chain(&sync.unknown_kinds);
        guards::unknown_kinds(unknown, &self.components, run.config.install.manifests.as_deref()).into_iter().collect()
    }
}

/// What the sync will delete of Flux, and what is to be said about all that it may delete.
fn pruned(
    run: &Run<'_>,
    observed: &ObservedCluster,
    repository: &ObservedRepository,
    sync: &[Value],
    warnings: &mut Vec<String>,
) -> Vec<ObjectRef> {
    let namespace = run.wanted.sync.namespace.as_str();
    let wanted = own_sync(sync, kustomization::KIND, namespace).filter(|object| prune::prunes(object));
    // A build that lacks something must not say what goes.
    let Some(wanted) = wanted.filter(|_| repository.build.unsupported.is_empty()) else { return Vec::new() };
    let live = observed.flux.kustomization.as_ref();
    warnings.extend(prune::path_warning(live, wanted, namespace));
    let earlier = repository.existing_components.as_deref();
    let earlier = earlier.filter(|text| *text != run.wanted.components_text.as_bytes()).unwrap_or_default();
    let pruned = prune::with_components(live, earlier, &repository.build.objects);
    warnings.extend(prune::warnings(&pruned));
    pruned
}

/// A dry-run takes the same rights as the write. Where they are missing, all missing ones are named at once instead of every
/// object that could not be judged.
async fn told_by_right(
    run: &Run<'_>,
    judgement: &Judgement,
    writes_secret: bool,
    mut denied: Vec<ClusterError>,
) -> Vec<Error> {
    let is_forbidden = |error: &ClusterError| matches!(error, ClusterError::Forbidden { .. });
    let mut errors = Vec::new();
    if denied.iter().any(is_forbidden) {
        let namespace = run.wanted.sync.namespace.as_str();
        let all: Vec<Value> = judgement.components.iter().chain(&judgement.sync).cloned().collect();
        let rights = observe::rights(&all, writes_secret.then_some(namespace), None);
        let missing = run.cluster.missing_access(&rights).await.unwrap_or_default();
        if let Some(error) = guards::missing_rights(&missing, run.config.cluster.kube.impersonate.as_deref()) {
            denied.retain(|error| !is_forbidden(error));
            errors.push(error);
        }
    }
    errors.extend(denied.into_iter().map(Error::from));
    errors
}
