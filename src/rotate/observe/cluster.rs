//! What the cluster holds: the GitRepository, its Secret, and who else has the same credential.

use serde_json::Value;

use crate::cluster::{Cluster, ClusterError};
use crate::domain::cluster_secret::StoredSecret;
use crate::domain::config::{Namespace, NewCredential, RotateConfig, Secret};
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::domain::object_ref::ObjectRef;
use crate::flux_api::{git_repository, image_automation};
use crate::open::{Session, connect};
use crate::plan::PENDING_LABEL;
use crate::rotate::facts::{Copy, Looked, Pending, Sharer, pending_name};

/// Sources that may sign in with the Secret of a GitRepository.
const SOURCES: [&str; 4] = ["GitRepository", "HelmRepository", "OCIRepository", "Bucket"];
/// Secrets of all types but this, which Helm fills with whole releases.
const NO_RELEASES: &str = "type!=helm.sh/release.v1";
/// The keys whose values are secret; a user name or a public key is nothing to look for.
const SECRET_KEYS: [&str; 3] = ["bearerToken", "identity", "password"];

/// Connects.
///
/// # Errors
/// The cluster cannot be reached, or is not the one that is meant.
pub(crate) async fn reach(session: &Session<'_>, config: &RotateConfig) -> Result<Cluster, Error> {
    for message in Cluster::warnings_of(&config.cluster.kube, session.environment) {
        session.report(Event::Warning { message });
    }
    let cluster = connect(&config.cluster, session).await?;
    session.report(Event::ClusterChosen {
        server: cluster.server().to_owned(),
        context: cluster.context().map(str::to_owned),
    });
    Ok(cluster)
}

/// Reads.
///
/// # Errors
/// The cluster cannot be read.
pub(crate) async fn look(
    session: &Session<'_>,
    config: &RotateConfig,
    namespace: &Namespace,
    cluster: &Cluster,
) -> Result<Looked, Error> {
    let namespace = namespace.as_str();
    let name = config.name.as_deref().unwrap_or(namespace);
    let reference = ObjectRef::namespaced(git_repository::API_VERSION, git_repository::KIND, namespace, name);
    let source = cluster.get(&reference).await?;
    let Some(secret_name) = source.as_ref().and_then(git_repository::secret) else {
        let names = names(cluster, namespace).await?;
        return Ok(Looked { source, names, ..nothing(reference) });
    };
    let secret = cluster.secret(namespace, secret_name).await?;
    trust_recorded(session, secret.as_ref(), format!("source secret {namespace}/{secret_name}"));
    let pending = pending(cluster, config, namespace, secret_name).await?;
    let (sharers, copies) = futures::join!(
        sharers(cluster, &reference, secret_name),
        copies(cluster, namespace, secret_name, secret.as_ref())
    );
    let sharers = sharers?;
    Ok(Looked { source, secret, pending, sharers, copies, ..nothing(reference) })
}

/// The host keys that the cluster trusts already are trusted by this run, too.
fn trust_recorded(session: &Session<'_>, secret: Option<&StoredSecret>, place: String) {
    let lines = secret.and_then(|secret| secret.keys.get("known_hosts"));
    if let Some(lines) = lines.and_then(|lines| std::str::from_utf8(lines.expose()).ok()) {
        session.trust_recorded(lines, place);
    }
}

/// The Secret in which a key may wait, where keys are what is asked for.
async fn pending(
    cluster: &Cluster,
    config: &RotateConfig,
    namespace: &str,
    secret_name: &str,
) -> Result<Pending, ClusterError> {
    if matches!(config.credential, NewCredential::Token(_)) {
        return Ok(Pending::None);
    }
    let reference = ObjectRef::namespaced("v1", "Secret", namespace, &pending_name(secret_name));
    let Some(object) = cluster.get(&reference).await? else { return Ok(Pending::None) };
    let (label, value) = PENDING_LABEL;
    let is_ours = object["metadata"]["labels"][label] == value;
    Ok(if is_ours { Pending::Waits(StoredSecret::of(&object)) } else { Pending::Foreign })
}

fn nothing(reference: ObjectRef) -> Looked {
    Looked {
        reference,
        source: None,
        names: Vec::new(),
        secret: None,
        pending: Pending::default(),
        sharers: Vec::new(),
        copies: Ok(Vec::new()),
    }
}

async fn names(cluster: &Cluster, namespace: &str) -> Result<Vec<String>, ClusterError> {
    let found = cluster.list(git_repository::API_VERSION, git_repository::KIND, Some(namespace), "").await?;
    Ok(found.iter().filter_map(|object| object["metadata"]["name"].as_str()).map(str::to_owned).collect())
}

/// The other objects of the namespace that sign in with the Secret: sources, and image automations by their GitRepository.
async fn sharers(cluster: &Cluster, reference: &ObjectRef, secret: &str) -> Result<Vec<Sharer>, ClusterError> {
    let namespace = reference.namespace.as_deref();
    let sources = SOURCES.map(|kind| cluster.list(git_repository::API_VERSION, kind, namespace, ""));
    let automations = cluster.list(image_automation::API_VERSION, image_automation::KIND, namespace, "");
    let (sources, automations) = futures::join!(futures::future::join_all(sources), automations);
    let mut sharers = Vec::new();
    for source in sources.into_iter().map(readable).collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
        let signs_in = git_repository::secret(&source) == Some(secret);
        sharers.extend(ObjectRef::of(&source).filter(|_| signs_in).map(|object| Sharer { object, pushes: false }));
    }
    let repositories: Vec<String> = sharers
        .iter()
        .map(|sharer| &sharer.object)
        .filter(|object| object.kind == git_repository::KIND)
        .map(|object| object.name.clone())
        .collect();
    for automation in readable(automations)? {
        let uses =
            image_automation::repository(&automation).is_some_and(|name| repositories.iter().any(|it| it == name));
        sharers.extend(ObjectRef::of(&automation).filter(|_| uses).map(|object| Sharer { object, pushes: true }));
    }
    sharers.retain(|sharer| sharer.object != *reference);
    Ok(sharers)
}

/// Kinds that this identity may not list cannot be told of; whoever may rotate is not kept from it by that.
fn readable(found: Result<Vec<Value>, ClusterError>) -> Result<Vec<Value>, ClusterError> {
    match found {
        Err(ClusterError::Forbidden { .. }) => Ok(Vec::new()),
        found => found,
    }
}

/// The Secrets of the cluster, but for this one, that hold the same credential. Only names leave this function.
async fn copies(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    secret: Option<&StoredSecret>,
) -> Result<Vec<Copy>, ClusterError> {
    let values: Vec<&Secret<Vec<u8>>> = SECRET_KEYS
        .iter()
        .filter_map(|key| secret?.keys.get(*key))
        .filter(|value| !value.expose().trim_ascii().is_empty())
        .collect();
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let mut copies = Vec::new();
    let mut compare = |object: Value| {
        let place =
            ObjectRef::of(&object).filter(|it| (it.namespace.as_deref(), it.name.as_str()) != (Some(namespace), name));
        let Some(place) = place else { return };
        let same = |held: &Secret<Vec<u8>>| {
            values.iter().any(|value| value.expose().trim_ascii() == held.expose().trim_ascii())
        };
        let found = StoredSecret::of(&object).keys.into_iter().find(|(_, held)| same(held));
        let secret = place.in_namespace();
        copies.extend(found.map(|(key, _)| Copy { secret, key }));
    };
    cluster.list_each("v1", "Secret", None, "fieldSelector", NO_RELEASES, &mut compare).await?;
    Ok(copies)
}
