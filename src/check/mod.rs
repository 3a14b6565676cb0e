//! `flux check`: whether a bootstrap could begin, and how an installed Flux is. Reads only.

pub(crate) mod credential;
pub(crate) mod installed;
mod repository;
mod webhooks;

use futures::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cluster::{Cluster, ClusterError, InstalledFlux, Notices};
use crate::domain::access::Access;
use crate::domain::check_report::{CredentialFacts, Finding, Report, State};
use crate::domain::config::{CheckConfig, Namespace};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::flux::version::OLDEST_KUBERNETES_MINOR;
use crate::domain::flux::{Component, Components, InstallOptions};
use crate::domain::foreign_marks::ForeignMarks;
use crate::domain::limits::Limits;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::{git_repository, kustomization};
use crate::manifests::{Base, render};
use crate::open::namespace;
use crate::plan::rights;

/// Looks at the cluster, again and again where that was asked for; `notices` hear what the connection has to say.
///
/// # Errors
/// When it cannot be looked at. What is wrong with what was seen is in the report.
pub(crate) async fn run(config: &CheckConfig, environment: &Environment, notices: Notices) -> Result<Report, Error> {
    let namespace = namespace(&config.cluster, environment)?;
    let limits = Limits::after(config.timeout);
    let cluster = Cluster::connect_telling(&config.cluster.kube, environment, &limits, notices).await?;
    let world = World { cluster: &cluster, namespace: &namespace, environment, limits: &limits };
    let mut report = look(config, &world).await?;
    while let Some(pause) = config.poll_interval.filter(|pause| may_change(&report) && *pause < limits.remaining()) {
        tokio::time::sleep(pause).await;
        match look(config, &world).await {
            Ok(newer) => report = newer,
            // What was seen last counts more than that there was no time to see it again.
            Err(_) if limits.remaining().is_zero() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(report)
}

/// Where a check looks.
struct World<'a> {
    cluster: &'a Cluster,
    namespace: &'a Namespace,
    environment: &'a Environment,
    limits: &'a Limits,
}

/// Something is not ready, and nothing is wrong that time does not mend.
fn may_change(report: &Report) -> bool {
    let mut failed = report.findings.iter().filter(|finding| finding.state == State::Failed).peekable();
    failed.peek().is_some() && failed.all(|finding| finding.kind == Kind::NotReady)
}

async fn look(config: &CheckConfig, world: &World<'_>) -> Result<Report, Error> {
    let World { cluster, namespace, environment, limits } = *world;
    let mut report = Report {
        server: cluster.server().to_owned(),
        context: cluster.context().map(str::to_owned),
        kubernetes: cluster.version().text.clone(),
        namespace: namespace.as_str().to_owned(),
        flux: None,
        findings: vec![kubernetes(cluster)],
    };
    let exposed = Cluster::warnings_of(&config.cluster.kube, environment);
    report.findings.extend(exposed.into_iter().map(|message| Finding::warning(message, "")));
    let flux = cluster.installed_flux(namespace.as_str()).await?;
    if config.before_bootstrap {
        let objects = objects_of_bootstrap(namespace, components_of_bootstrap(config))?;
        report.findings.push(missing_rights(cluster, namespace, &objects).await?);
        report.findings.push(ownership(&flux));
        report.findings.extend(second_flux(cluster, &flux, namespace.as_str()).await);
        report.findings.extend(halted(cluster, &flux, &objects).await?);
        report.findings.extend(deleted_definitions(cluster, &objects).await);
        report.findings.extend(webhooks::without_endpoints(cluster, &objects).await);
        report.findings.extend(repository::readable(cluster, &flux, environment, limits).await);
        return Ok(report);
    }
    let mut facts = installed::facts(&flux);
    if let Some(only) = &config.components {
        let named =
            |name: &str| only.iter().chain(&config.components_extra).any(|component| component.as_str() == name);
        facts.controllers.retain(|controller| named(&controller.name));
    }
    if let Some(name) = facts.source.as_ref().and_then(|source| source.secret.clone()) {
        facts.credential = Some(credential_facts(cluster, namespace.as_str(), &name, environment).await?);
    }
    let elsewhere = match &facts.source {
        None if facts.installed => cluster.flux_elsewhere(namespace.as_str()).await,
        _ => None,
    };
    let standard = config.components.as_deref().unwrap_or(&Component::REQUIRED);
    let required: Vec<Component> = standard.iter().chain(&config.components_extra).copied().collect();
    report.findings.extend(installed::findings(&facts, &required, namespace.as_str(), elsewhere.as_deref()));
    let objects = objects_of_bootstrap(namespace, components_of_bootstrap(config))?;
    report.findings.extend(halted(cluster, &flux, &objects).await?);
    report.flux = Some(facts);
    Ok(report)
}

fn kubernetes(cluster: &Cluster) -> Finding {
    let version = cluster.version();
    if version.major == 1 && version.minor < OLDEST_KUBERNETES_MINOR {
        return Finding::warning(
            format!("Kubernetes {} is older than 1.{OLDEST_KUBERNETES_MINOR}", version.text),
            format!(
                "Flux {} is made for newer versions: upgrade the cluster first.",
                crate::domain::flux::version::FLUX_VERSION
            ),
        );
    }
    Finding::good(format!("Kubernetes {} is recent enough", version.text))
}

/// The components of a bootstrap with the same flags; what it takes besides them does not matter here.
fn components_of_bootstrap(config: &CheckConfig) -> Components {
    let mut list = config.components.clone().unwrap_or_else(|| Component::DEFAULT.to_vec());
    for component in Component::REQUIRED.iter().chain(&config.components_extra) {
        if !list.contains(component) {
            list.push(*component);
        }
    }
    Components::new(list).unwrap_or_default()
}

/// What a first bootstrap of these components would apply; of the sync objects no more than their names.
fn objects_of_bootstrap(namespace: &Namespace, components: Components) -> Result<Vec<Value>, Error> {
    let options = InstallOptions { namespace: namespace.clone(), components, ..InstallOptions::default() };
    let rendered = render(&Base::embedded(), &options)
        .map_err(|error| Error::new(Kind::Other, "cannot render the components").caused_by(error))?;
    let name = namespace.as_str();
    let sync = [(git_repository::API_VERSION, git_repository::KIND), (kustomization::API_VERSION, kustomization::KIND)]
        .map(|(version, kind)| json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": name}}));
    Ok(rendered.objects.into_iter().chain(sync).collect())
}

/// The rights that a first bootstrap with default options takes.
async fn missing_rights(cluster: &Cluster, namespace: &Namespace, objects: &[Value]) -> Result<Finding, Error> {
    let name = namespace.as_str();
    let missing = cluster.missing_access(&rights::to_apply(objects, Some(name), Some(name))).await?;
    if missing.is_empty() {
        return Ok(Finding::good("this identity has the rights that a bootstrap takes"));
    }
    let told = missing.iter().map(Access::to_string).collect::<Vec<_>>().join(", ");
    Ok(Finding::failed(
        Kind::Cluster,
        format!("this identity may not: {told}"),
        "A bootstrap needs the rights of cluster-admin.",
    ))
}

/// Flux's own objects that marks keep it from managing, as far as this identity may see them.
async fn halted(cluster: &Cluster, flux: &InstalledFlux, objects: &[Value]) -> Result<Option<Finding>, Error> {
    if !flux.installed {
        return Ok(None);
    }
    let marks = cluster.foreign_marks(objects).await.unwrap_or_default();
    let halted: Vec<String> = marks.iter().filter_map(ForeignMarks::halted).collect();
    Ok((!halted.is_empty()).then(|| {
        Finding::warning(
            format!("marks stop Flux from managing {}", halted.join(", ")),
            "Take them off, or let `flux bootstrap git --force` do that.",
        )
    }))
}

/// Definitions of Flux that are being deleted, which a bootstrap would refuse.
async fn deleted_definitions(cluster: &Cluster, objects: &[Value]) -> Vec<Finding> {
    let definitions = objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition");
    let states = join_all(definitions.map(|object| async {
        let state = cluster.definition_state(object).await.unwrap_or_default();
        Some((object["metadata"]["name"].as_str().unwrap_or_default(), state.deleted?))
    }));
    let found = states.await.into_iter().flatten().map(|(name, words)| {
        Finding::failed(
            Kind::Refused,
            format!("the definition `{name}` is being deleted: {words}"),
            format!("Objects whose finalizers nobody removes hold it: `kubectl get {name} -A`."),
        )
    });
    found.collect()
}

fn ownership(flux: &InstalledFlux) -> Finding {
    match &flux.owner {
        Some(owner) => Finding::failed(
            Kind::Refused,
            format!("the Flux in this cluster is managed by {owner}"),
            "A bootstrap refuses to take it over without --force.",
        ),
        None if flux.installed => {
            let version = flux.version.as_deref().unwrap_or("of unknown version");
            Finding::good(format!("Flux {version} is installed, and no other tool manages it"))
        }
        None => Finding::good("no Flux is installed yet"),
    }
}

/// What a bootstrap into this namespace would do to a Flux in another one.
async fn second_flux(cluster: &Cluster, flux: &InstalledFlux, namespace: &str) -> Option<Finding> {
    if !flux.is_only_elsewhere() {
        return None;
    }
    let place = cluster.flux_elsewhere(namespace).await?;
    Some(Finding::warning(
        format!("Flux is in namespace `{place}` already"),
        format!(
            "A second one in `{namespace}` would take over the CustomResourceDefinitions; bootstrap with \
             `--namespace={place}` unless this is meant."
        ),
    ))
}

async fn credential_facts(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    environment: &Environment,
) -> Result<CredentialFacts, Error> {
    let secret = format!("{namespace}/{name}");
    let unknown = |problem: &str| CredentialFacts {
        secret: secret.clone(),
        problem: Some(problem.to_owned()),
        ..CredentialFacts::default()
    };
    let now = Timestamp::try_from(environment.now()).unwrap_or_default();
    match cluster.get(&ObjectRef::namespaced("v1", "Secret", namespace, name)).await {
        Ok(Some(object)) => Ok(credential::facts(&secret, &object, now)),
        Ok(None) => Ok(CredentialFacts { missing: true, ..unknown("it does not exist") }),
        Err(ClusterError::Forbidden { .. }) => Ok(unknown("this identity may not read it")),
        Err(error) => Err(error.into()),
    }
}
