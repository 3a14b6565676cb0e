//! From what was observed to what will be done, or to everything that speaks against it.

use super::deploy_key;
use super::guards;
use super::observe::{self, Judged, ObservedCluster};
use super::plan::BootstrapPlan;
use super::prune;
use super::refusals;
use super::repository::ObservedRepository;
use super::run::{Run, server_line};
use super::secret::{self, SecretIntent};
use super::work::{Work, flux_deployments, own_sync, split_sync, with_change};
use crate::cluster::{Change, ClusterError, ForeignMarks, ForeignOwner, ObjectRef, SecretWrite};
use crate::config::{RunMode, Secret};
use crate::error::Error;
use crate::flux_api::kustomization;
use crate::manifests::pull_secret;

/// The oldest Kubernetes that this Flux version supports, as its minor version.
pub const OLDEST_MINOR: u32 = 33;

/// A plan and the work behind it.
#[derive(Debug)]
pub struct Decided {
    /// What will be done.
    pub plan: BootstrapPlan,
    /// All that it takes.
    pub work: Work,
}

/// Decides, and checks everything that can be checked before the first write.
///
/// # Errors
/// Everything that speaks against it, together.
pub async fn decide(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    repository: ObservedRepository,
) -> Result<Decided, Error> {
    let namespace = run.wanted.sync.namespace.as_str().to_owned();
    let version = run.wanted.components.header.version.to_string();
    let (components, sync) = split_sync(&repository.build.objects, &namespace);
    let deployments = flux_deployments(&components);
    let mut warnings = Vec::new();
    let mut findings = refusals::refusals(run, observed, &repository, &sync, &deployments, &mut warnings);
    findings.extend(refusals::missing_namespaces(run, observed, &repository).await.unwrap_or_else(|error| vec![error]));
    let left_to_controller = refusals::unsupported(observed, &repository, &mut findings);
    let owner = refusals::take_over(run, observed, &repository, &mut findings)?;
    if !repository.build.encrypted.is_empty() {
        warnings.push(format!(
            "{} encrypted with SOPS and left to kustomize-controller: {}",
            if repository.build.encrypted.len() == 1 { "one object is" } else { "some objects are" },
            repository.build.encrypted.join(", ")
        ));
    }
    warnings.extend(repository.build.warnings.iter().cloned());
    let pruned = pruned(run, observed, &repository, &sync, &mut warnings);
    let known_hosts = noted(known_hosts(run, observed, &repository, &findings).await, &mut findings).flatten();
    let secret = if repository.files.sync.needs_secret {
        secret::intent(
            run.config,
            run.credentials,
            &run.config.source.sync_url,
            observed.source_secret.as_ref(),
            known_hosts.as_deref(),
        )
    } else {
        SecretIntent::NotNeeded
    };
    findings.extend(unconfirmed_key(run, &secret));
    let writes_secret = matches!(secret, SecretIntent::Write(_) | SecretIntent::GenerateKey(_));
    let objects = Objects {
        components: if left_to_controller.is_some() { &[] } else { &components },
        sync: &sync,
        deployments: &deployments,
        writes_secret,
    };
    let (judged, push, marks) = futures::join!(
        judge(run, observed, &repository, &objects),
        push_access(run, &repository),
        foreign_marks(run, &repository, owner.as_ref()),
    );
    findings.extend(push.err());
    let taken_over = noted(marks, &mut findings).flatten();
    let Some((judged_components, judged_sync)) = noted(judged, &mut findings) else {
        return Err(Error::together(findings));
    };
    let unknown = judged_components.unknown_kinds.iter().chain(&judged_sync.unknown_kinds);
    let definitions = if left_to_controller.is_some() { &[] } else { components.as_slice() };
    let manifests = run.config.install.manifests.as_deref();
    findings.extend(guards::unknown_kinds(unknown, definitions, manifests));
    let mut work = Work {
        secret_write: source_secret_write(run, observed, &secret, &namespace),
        pull_secret_write: pull_secret_write(run, observed, &namespace),
        components: judged_components,
        sync: judged_sync,
        namespace,
        repository,
        secret,
        known_hosts,
        deployments,
        version,
        left_to_controller,
        taken_over,
    };
    work.repository.earlier.clear();
    warnings.extend(token_warning(run, &work));
    let page = deploy_key::page(run.config);
    let mut plan = work.plan(run.config, observed, &run.config.source.clone_url.redacted(), page);
    findings.extend(lacking_rights(run, &work, &plan).await.err());
    warnings.extend(doubts(run, observed, &work));
    warnings.extend(second_flux(run, observed).await);
    if !findings.is_empty() {
        return Err(Error::together(findings));
    }
    plan.removed_by_sync = pruned.iter().map(ToString::to_string).collect();
    plan.warnings = warnings;
    Ok(Decided { plan, work })
}

/// What the sync will delete of Flux, and what is to be said about all that it may delete.
fn pruned(
    run: &Run<'_>,
    observed: &ObservedCluster,
    repository: &ObservedRepository,
    sync: &[serde_json::Value],
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

/// The result, or none and one more finding.
pub fn noted<T>(result: Result<T, Error>, findings: &mut Vec<Error>) -> Option<T> {
    result.map_err(|error| findings.push(error)).ok()
}

/// Asks the Git server whether this identity may push, where there is something to push.
async fn push_access(run: &Run<'_>, repository: &ObservedRepository) -> Result<(), Error> {
    if repository.files.manifests.is_none() {
        return Ok(());
    }
    let asked = run
        .repository
        .run_telling("asking for the right to push".to_owned(), &run.reporter, |remote| remote.check_push_access());
    asked.await.map_err(|error| run.cannot_push(error))
}

/// What carries the marks of the tool that Flux is taken from.
async fn foreign_marks(
    run: &Run<'_>,
    repository: &ObservedRepository,
    owner: Option<&ForeignOwner>,
) -> Result<Option<(String, Vec<ForeignMarks>)>, Error> {
    let Some(owner) = owner else { return Ok(None) };
    let marks = run.cluster.foreign_marks(&repository.build.objects).await?;
    Ok((!marks.is_empty()).then(|| (guards::owner_name(owner), marks)))
}

async fn known_hosts(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    repository: &ObservedRepository,
    findings: &[Error],
) -> Result<Option<String>, Error> {
    let url = run.config.source.sync_url.clone();
    // Nobody is asked about a server when the run ends anyway.
    if !repository.files.sync.needs_secret
        || (!findings.is_empty() && run.can_ask())
        || !secret::needs_host_key(run.credentials, &url, observed.source_secret.as_ref())
    {
        return Ok(None);
    }
    server_line(run, &url).await.map(Some)
}

/// A deploy key must be confirmed; without a terminal only `--silent` can do that.
fn unconfirmed_key(run: &Run<'_>, secret: &SecretIntent) -> Option<Error> {
    let asks = matches!(secret, SecretIntent::GenerateKey(_)) && !run.config.credentials.silent;
    (asks && !run.can_ask() && run.config.run.mode != RunMode::DryRun).then(|| {
        Error::refused("a new deploy key must be given access to the repository, and there is no terminal to confirm that")
            .hint("Run it in a terminal, use --silent to print the key and go on without confirmation, or bring a key that has access with --private-key-file.")
    })
}

/// What a run would apply.
struct Objects<'a> {
    components: &'a [serde_json::Value],
    sync: &'a [serde_json::Value],
    deployments: &'a [String],
    writes_secret: bool,
}

async fn judge(
    run: &Run<'_>,
    observed: &ObservedCluster,
    repository: &ObservedRepository,
    objects: &Objects<'_>,
) -> Result<(Judged, Judged), Error> {
    let revision = repository.tip.map(|tip| format!("{}@sha1:{tip}", run.config.source.branch)).unwrap_or_default();
    let settled = repository.files.manifests.is_none()
        && observe::is_settled(&observed.flux, &revision, objects.deployments, &repository.build.objects);
    // Nothing can be made in a namespace that goes away, which is said already.
    if settled || observed.flux.namespace_terminating {
        return Ok((Judged::default(), Judged::default()));
    }
    let unserved = run.cluster.unserved_versions(objects.components).await?;
    let (components, sync) =
        futures::join!(observe::judge(&run.cluster, objects.components), observe::judge(&run.cluster, objects.sync));
    let mut errors: Vec<Error> = guards::unserved_versions(&unserved).into_iter().collect();
    match (components, sync) {
        (Ok(components), Ok(sync)) if errors.is_empty() => return Ok((components, sync)),
        (components, sync) => {
            let denied = components.err().into_iter().chain(sync.err()).flatten().collect();
            errors.extend(told_by_right(run, objects, denied).await);
        }
    }
    Err(Error::together(errors))
}

/// A dry-run takes the same rights as the write. Where they are missing, all missing ones are named at once instead of every
/// object that could not be judged.
async fn told_by_right(run: &Run<'_>, objects: &Objects<'_>, mut denied: Vec<ClusterError>) -> Vec<Error> {
    let is_forbidden = |error: &ClusterError| matches!(error, ClusterError::Forbidden { .. });
    let mut errors = Vec::new();
    if denied.iter().any(is_forbidden) {
        let namespace = run.wanted.sync.namespace.as_str();
        let all: Vec<serde_json::Value> = objects.components.iter().chain(objects.sync).cloned().collect();
        let rights = observe::rights(&all, objects.writes_secret.then_some(namespace), None);
        let missing = run.cluster.missing_access(&rights).await.unwrap_or_default();
        if let Some(error) = guards::missing_rights(&missing, run.config.cluster.kube.impersonate.as_deref()) {
            denied.retain(|error| !is_forbidden(error));
            errors.push(error);
        }
    }
    errors.extend(denied.into_iter().map(Error::from));
    errors
}

fn source_secret_write(
    run: &Run<'_>,
    observed: &ObservedCluster,
    intent: &SecretIntent,
    namespace: &str,
) -> Option<(SecretWrite, crate::cluster::SecretChange)> {
    let SecretIntent::Write(credential) = intent else { return None };
    let write = secret::write(namespace, &run.config.source.secret_name, credential, run.credentials.ca.as_deref());
    Some(with_change(write, observed.source_secret.as_ref()))
}

fn pull_secret_write(
    run: &Run<'_>,
    observed: &ObservedCluster,
    namespace: &str,
) -> Option<(SecretWrite, crate::cluster::SecretChange)> {
    let (login, name) = (run.credentials.registry_login.as_ref()?, run.config.install.image_pull_secret.as_ref()?);
    let registry = &run.config.install.registry;
    let stored = observed.pull_secret.as_ref();
    if stored
        .and_then(|secret| secret.keys.get(pull_secret::KEY))
        .is_some_and(|value: &Secret<Vec<u8>>| login.is_in(value.expose(), registry))
    {
        return None;
    }
    let write = SecretWrite {
        namespace: namespace.to_owned(),
        name: name.clone(),
        kind: pull_secret::TYPE.to_owned(),
        keys: login.content(registry),
        owned: vec![pull_secret::KEY.to_owned()],
    };
    Some(with_change(write, stored))
}

/// A token that dies soon is no good to the cluster.
fn token_warning(run: &Run<'_>, work: &Work) -> Option<String> {
    let SecretIntent::Write(_) = &work.secret else { return None };
    let expiry = secret::token_expiry(run.credentials.token.as_ref()?)?;
    let expiry = jiff::Timestamp::from_second(expiry).ok()?;
    Some(format!(
        "the token stored in the cluster expires at {expiry}, after which the cluster can no longer read the repository; \
         use a personal access token or an SSH key for the cluster"
    ))
}

/// Another namespace has a Flux already, and this run would install a second one, which shares its definitions.
async fn second_flux(run: &Run<'_>, observed: &ObservedCluster) -> Option<String> {
    if !observed.flux.is_only_elsewhere() {
        return None;
    }
    let namespace = run.wanted.sync.namespace.as_str();
    let place = run.cluster.flux_elsewhere(namespace).await?;
    Some(format!(
        "Flux is already in namespace `{place}`: a second one in `{namespace}` takes over the CustomResourceDefinitions, and \
         where both sync one path, both fail; use `--namespace={place}` unless this is meant"
    ))
}

/// What may be wrong and is no reason to stop.
fn doubts(run: &Run<'_>, observed: &ObservedCluster, work: &Work) -> Vec<String> {
    let mut doubts = Vec::new();
    let server = run.cluster.version();
    if server.major == 1 && server.minor < OLDEST_MINOR {
        doubts.push(format!(
            "Kubernetes {} is older than 1.{OLDEST_MINOR}, which Flux {} needs",
            server.text, work.version
        ));
    }
    let unowned = observed.flux.kustomization.is_none() && work.repository.existing_components.is_some();
    if unowned && observed.flux.installed {
        doubts.push("the repository already holds this path, so another cluster may be synced from it too".to_owned());
    }
    doubts
}

/// Asks the cluster for the rights that the plan's steps take.
async fn lacking_rights(run: &Run<'_>, work: &Work, plan: &BootstrapPlan) -> Result<(), Error> {
    let objects: Vec<serde_json::Value> = work.components.to_apply.iter().chain(&work.sync.to_apply).cloned().collect();
    let changes = |write: &Option<(SecretWrite, crate::cluster::SecretChange)>| {
        write.as_ref().is_some_and(|(_, change)| change.change() != Change::Unchanged)
    };
    let generates = matches!(work.secret, SecretIntent::GenerateKey(_));
    let writes_secret = changes(&work.secret_write) || changes(&work.pull_secret_write) || generates;
    let namespace = work.namespace.as_str();
    let notifies = plan.pushes() || changes(&work.secret_write) || generates;
    let mut rights = observe::rights(&objects, writes_secret.then_some(namespace), notifies.then_some(namespace));
    let marked = work.taken_over.iter().flat_map(|(_, marked)| marked).map(|marks| &marks.object);
    rights.extend(
        observe::rights_to_patch(marked).into_iter().filter(|right| !rights.contains(right)).collect::<Vec<_>>(),
    );
    let missing = if rights.is_empty() { Vec::new() } else { run.cluster.missing_access(&rights).await? };
    guards::missing_rights(&missing, run.config.cluster.kube.impersonate.as_deref()).map_or(Ok(()), Err)
}
