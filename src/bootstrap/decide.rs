//! From what was observed to what will be done, or to everything that speaks against it.

use super::guards;
use super::judge::Judgement;
use super::observe::{self, ObservedCluster};
use super::plan::BootstrapPlan;
use super::refusals;
use super::repository::ObservedRepository;
use super::run::{Run, server_line};
use super::secret::{self, SecretIntent};
use super::work::{Work, with_change};
use crate::cluster::{Change, ForeignMarks, ForeignOwner, SecretWrite};
use crate::domain::config::{RunMode, Secret};
use crate::domain::error::Error;
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
    let mut judgement = Judgement::of(run, observed, &repository).await;
    let mut findings = std::mem::take(&mut judgement.findings);
    let owner = refusals::take_over(run, observed, &repository, &mut findings)?;
    let mut warnings = std::mem::take(&mut judgement.warnings);
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
    let (judged, push, marks) = futures::join!(
        judgement.changes(run, observed, &repository, writes_secret),
        push_access(run, &repository),
        foreign_marks(run, &repository, owner.as_ref()),
    );
    findings.extend(push.err());
    let taken_over = noted(marks, &mut findings).flatten();
    let Some((judged_components, judged_sync)) = noted(judged, &mut findings) else {
        return Err(Error::together(findings));
    };
    findings.extend(judgement.unknown_kinds(run, &judged_components, &judged_sync));
    let mut work = Work {
        secret_write: source_secret_write(run, observed, &secret, &namespace),
        pull_secret_write: pull_secret_write(run, observed, &namespace),
        components: judged_components,
        sync: judged_sync,
        namespace,
        repository,
        secret,
        known_hosts,
        deployments: judgement.deployments,
        version,
        left_to_controller: judgement.left_to_controller,
        taken_over,
    };
    work.repository.earlier.clear();
    findings.extend(unwritable_secrets(run, observed, &work));
    warnings.extend(token_warning(run, &work));
    let mut plan = work.plan(run.config, observed);
    findings.extend(lacking_rights(run, &work, &plan).await.err());
    warnings.extend(doubts(run, observed, &work));
    warnings.extend(second_flux(run, observed).await);
    if !findings.is_empty() {
        return Err(Error::together(findings));
    }
    plan.removed_by_sync = judgement.pruned.iter().map(ToString::to_string).collect();
    plan.warnings = warnings;
    Ok(Decided { plan, work })
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

/// Secrets that this run would change, and that the API server would only refuse after everything before them is done.
fn unwritable_secrets(run: &Run<'_>, observed: &ObservedCluster, work: &Work) -> Vec<Error> {
    let written = |write: &Option<(SecretWrite, crate::cluster::SecretChange)>| {
        let (write, change) = write.as_ref()?;
        (change.change() == Change::Configured)
            .then(|| write.keys.keys().any(|key| key == "username" || key == "password"))
    };
    let generated = matches!(work.secret, SecretIntent::GenerateKey(_)).then_some(false);
    let source = (
        observed.source_secret.as_ref(),
        Some(&run.config.source.secret_name),
        written(&work.secret_write).or(generated),
    );
    let pull = (
        observed.pull_secret.as_ref(),
        run.config.install.image_pull_secret.as_ref(),
        written(&work.pull_secret_write),
    );
    [source, pull]
        .into_iter()
        .filter_map(|(stored, name, signs_in)| guards::unwritable_secret(stored?, &work.namespace, name?, signs_in?))
        .collect()
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
