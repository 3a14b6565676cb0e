//! From what was observed to what will be done, or to everything that speaks against it.

use super::guards::{self, BuiltSync};
use super::observe::{self, Judged, ObservedCluster};
use super::plan::BootstrapPlan;
use super::repository::ObservedRepository;
use super::run::{Run, server_line};
use super::secret::{self, SecretIntent};
use super::work::{Work, flux_deployments, shown, split_sync, with_change};
use crate::azure_devops::AzureRepo;
use crate::cluster::{Change, ClusterError, SecretWrite};
use crate::config::Secret;
use crate::error::Error;
use crate::flux_api::{git_repository, kustomization};
use crate::git::sync_url::same_repository;
use crate::git::url::GitUrl;
use crate::manifests::churn::{self, ExistingHeader};
use crate::manifests::{Component, pull_secret};

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
    let mut refusals = refusals(run, observed, &repository, &sync, &deployments, &mut warnings);
    take_over(run, observed, &mut refusals)?;
    let left_to_controller = unsupported(observed, &repository, &mut refusals);
    if !refusals.is_empty() {
        return Err(Error::together(refusals));
    }
    if !repository.build.encrypted.is_empty() {
        warnings.push(format!(
            "{} encrypted with SOPS and left to kustomize-controller: {}",
            if repository.build.encrypted.len() == 1 { "one object is" } else { "some objects are" },
            repository.build.encrypted.join(", ")
        ));
    }
    warnings.extend(repository.build.warnings.iter().cloned());
    let known_hosts = known_hosts(run, observed, &repository).await?;
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
    refuse_unconfirmed_key(run, &secret)?;
    let writes_secret = matches!(secret, SecretIntent::Write(_) | SecretIntent::GenerateKey(_));
    let objects = Objects {
        components: if left_to_controller.is_some() { &[] } else { &components },
        sync: &sync,
        deployments: &deployments,
        writes_secret,
    };
    let (judged_components, judged_sync) = judge(run, observed, &repository, &objects).await?;
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
    };
    work.repository.earlier.clear();
    warnings.extend(token_warning(run, &work));
    let page = AzureRepo::of(&run.config.source.sync_url).and_then(|repo| repo.ssh_keys_page());
    let mut plan = work.plan(run.config, observed, &shown(&run.config.source.clone_url), page);
    check_rights(run, observed, &work, &plan, &mut warnings).await?;
    plan.warnings = warnings;
    Ok(Decided { plan, work })
}

/// Everything that the facts alone refuse.
fn refusals(
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
    let find = |kind: &str| sync.iter().find(|object| object["kind"] == kind);
    match (find(git_repository::KIND), find(kustomization::KIND)) {
        (Some(git_repository), Some(kustomization)) => {
            let built = BuiltSync { git_repository, kustomization };
            refusals.extend(guards::path_change(flux, built, safety));
            let same = |live: &str, wanted: &str| match (live.parse::<GitUrl>(), wanted.parse::<GitUrl>()) {
                (Ok(live), Ok(wanted)) => same_repository(&live, &wanted),
                _ => live == wanted,
            };
            refusals.extend(guards::source_change(flux, built, safety, same));
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

/// Asks whether to take Flux over from another tool; refuses where nobody can be asked.
fn take_over(run: &mut Run<'_>, observed: &ObservedCluster, refusals: &mut Vec<Error>) -> Result<(), Error> {
    let Some(refusal) = guards::foreign_owner(&observed.flux, &run.config.safety) else { return Ok(()) };
    let question = format!("{}. Take it over?", refusal.message);
    if refusals.is_empty() && run.can_ask() && run.ask(&question)? {
        return Ok(());
    }
    refusals.push(refusal);
    Ok(())
}

/// What kustomize would do and this tool cannot: refused where nobody else would do it, else left to the controller.
fn unsupported(
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

async fn known_hosts(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    repository: &ObservedRepository,
) -> Result<Option<String>, Error> {
    let url = run.config.source.sync_url.clone();
    if !repository.files.sync.needs_secret
        || !secret::needs_host_key(run.credentials, &url, observed.source_secret.as_ref())
    {
        return Ok(None);
    }
    server_line(run, &url).await.map(Some)
}

/// A deploy key must be confirmed; without a terminal only `--silent` can do that.
fn refuse_unconfirmed_key(run: &Run<'_>, secret: &SecretIntent) -> Result<(), Error> {
    let asks = matches!(secret, SecretIntent::GenerateKey(_)) && !run.config.credentials.silent;
    if !asks || run.can_ask() || run.config.run.mode == crate::config::RunMode::DryRun {
        return Ok(());
    }
    Err(Error::refused("a new deploy key must be given access to the repository, and there is no terminal to confirm that")
        .hint("Run it in a terminal, use --silent to print the key and go on without confirmation, or bring a key that has access with --private-key-file."))
}

/// What a run would apply.
struct Objects<'a> {
    components: &'a [serde_json::Value],
    sync: &'a [serde_json::Value],
    deployments: &'a [String],
    writes_secret: bool,
}

async fn judge(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    repository: &ObservedRepository,
    objects: &Objects<'_>,
) -> Result<(Judged, Judged), Error> {
    let revision = repository.tip.map(|tip| format!("{}@sha1:{tip}", run.config.source.branch)).unwrap_or_default();
    let settled =
        repository.files.manifests.is_none() && observe::is_settled(&observed.flux, &revision, objects.deployments);
    if settled {
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
async fn told_by_right(run: &mut Run<'_>, objects: &Objects<'_>, mut denied: Vec<ClusterError>) -> Vec<Error> {
    let is_forbidden = |error: &ClusterError| matches!(error, ClusterError::Forbidden { .. });
    let mut errors = Vec::new();
    if denied.iter().any(is_forbidden) {
        let namespace = run.wanted.sync.namespace.as_str();
        let all: Vec<serde_json::Value> = objects.components.iter().chain(objects.sync).cloned().collect();
        let rights = observe::rights(&all, objects.writes_secret.then_some(namespace), None);
        let missing = run.cluster.missing_access(&rights).await.unwrap_or_default();
        if let Some(error) = guards::missing_rights(&missing) {
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

/// Asks both servers for the rights that the plan's steps take.
async fn check_rights(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    work: &Work,
    plan: &BootstrapPlan,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let server = run.cluster.version();
    if server.major == 1 && server.minor < OLDEST_MINOR {
        warnings.push(format!(
            "Kubernetes {} is older than 1.{OLDEST_MINOR}, which Flux {} needs",
            server.text, work.version
        ));
    }
    let unowned = observed.flux.kustomization.is_none() && work.repository.existing_components.is_some();
    if unowned && observed.flux.installed {
        warnings
            .push("the repository already holds this path, so another cluster may be synced from it too".to_owned());
    }
    let objects: Vec<serde_json::Value> = work.components.to_apply.iter().chain(&work.sync.to_apply).cloned().collect();
    let changes = |write: &Option<(SecretWrite, crate::cluster::SecretChange)>| {
        write.as_ref().is_some_and(|(_, change)| change.change() != Change::Unchanged)
    };
    let generates = matches!(work.secret, SecretIntent::GenerateKey(_));
    let writes_secret = changes(&work.secret_write) || changes(&work.pull_secret_write) || generates;
    let namespace = work.namespace.as_str();
    let notifies = plan.pushes() || changes(&work.secret_write) || generates;
    let rights = observe::rights(&objects, writes_secret.then_some(namespace), notifies.then_some(namespace));
    let missing = async { if rights.is_empty() { Ok(Vec::new()) } else { run.cluster.missing_access(&rights).await } };
    let pushes = plan.pushes();
    let push = async { if pushes { run.repository.run(|remote| remote.check_push_access()).await } else { Ok(()) } };
    let (missing, push) = futures::join!(missing, push);
    let mut errors: Vec<Error> = push.err().map(|error| run.cannot_push(error)).into_iter().collect();
    errors.extend(guards::missing_rights(&missing?));
    if errors.is_empty() { Ok(()) } else { Err(Error::together(errors)) }
}
