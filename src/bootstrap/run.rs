//! One run, from a configuration to a cluster that follows its repository.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::checkout;
use super::deadline::Deadline;
use super::decide::{decide, noted};
use super::execute::execute;
use super::export;
use super::files::Wanted;
use super::look::{self, Found, Look};
use super::observe::ObservedCluster;
use super::plan::BootstrapPlan;
use super::progress::Progress;
use super::refusals;
use super::render;
use super::repository::{ObservedRepository, Repository};
use super::source::{self, ServerKey};
use crate::cluster::{Cluster, context_namespace};
use crate::domain::config::{BootstrapConfig, ClusterConfig, Namespace, NamespaceChoice, RunMode};
use crate::domain::environment::Environment;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Manifests, Phase, Reporter, SharedReporter};
use crate::domain::git_url::{GitUrl, Scheme};
use crate::domain::patience::Patience;
use crate::flux_api::{git_repository, kustomization};
use crate::git::host_key::{HostKey, HostKeySources};
use crate::git::transport::ssh::SshLimits;
use crate::git::{FetchMode, GitError};
use crate::preflight::Credentials;
use crate::ui::Prompter;

/// How a run ended well.
#[derive(Debug)]
pub enum Ended {
    /// The cluster follows the repository.
    Done,
    /// `--dry-run`: this is what would be done.
    Planned(BootstrapPlan),
    /// `--export`: the result as YAML; `--export-dir`: the paths of the files written.
    Exported(String),
}

/// What a run needs from its caller.
pub struct Surroundings<'a> {
    /// Environment variables, folders, terminal.
    pub environment: &'a Environment,
    /// Hears what happens.
    pub reporter: &'a mut dyn Reporter,
    /// Asks questions.
    pub prompter: &'a mut dyn Prompter,
    /// Set when the user interrupts.
    pub cancelled: Arc<AtomicBool>,
    /// The account of changes.
    pub progress: Progress,
}

/// A run under way.
pub struct Run<'a> {
    /// What shall be done.
    pub config: &'a BootstrapConfig,
    /// What was read beforehand.
    pub credentials: &'a Credentials,
    /// Environment variables, folders, clock.
    pub environment: &'a Environment,
    /// The files to render.
    pub wanted: Wanted,
    /// The cluster.
    pub cluster: Cluster,
    /// The repository.
    pub repository: Repository,
    /// Where host keys are recorded, with those accepted in this run.
    pub host_keys: HostKeySources,
    /// When to give up.
    pub deadline: Deadline,
    /// The account of changes.
    pub progress: Progress,
    /// Revisions that the cluster was at before this run.
    pub seen_revisions: Vec<String>,
    /// The GitRepository was there before this run; a new one is looked at without being asked.
    pub source_existed: bool,
    /// Set when the user interrupts.
    pub cancelled: Arc<AtomicBool>,
    /// Hears what happens.
    pub reporter: SharedReporter<'a>,
    prompter: &'a mut dyn Prompter,
}

impl Run<'_> {
    /// Tells an event.
    pub fn report(&mut self, event: Event) {
        self.reporter.tell(&event);
    }

    /// Whether anybody can be asked.
    pub fn can_ask(&self) -> bool {
        self.prompter.can_ask()
    }

    /// Asks a question; the time it takes does not count towards the timeout.
    ///
    /// # Errors
    /// Nobody can be asked, or the question was interrupted.
    pub fn ask(&mut self, question: &str) -> Result<bool, Error> {
        if !self.prompter.can_ask() {
            return Err(Error::refused("a question needs an answer, and there is no terminal")
                .caused_by(question)
                .hint("Run it in a terminal, or say yes beforehand with --silent."));
        }
        let (prompter, before) = (&mut *self.prompter, self.deadline.at());
        let answer = self.deadline.pausing(|| prompter.confirm(question));
        self.cluster.extend_deadline(self.deadline.at() - before);
        self.repository.set_deadline(self.deadline.at());
        answer.map_err(|error| Error::new(Kind::Cancelled, "the question was not answered").caused_by(error))
    }

    /// Notes that a change begins, unless the user has interrupted: then nothing more is begun.
    ///
    /// # Errors
    /// The interruption.
    pub fn begin(&self, change: &str) -> Result<(), Error> {
        self.go_on()?;
        self.progress.begin(change);
        Ok(())
    }

    /// Whether the user still wants this run to go on.
    ///
    /// # Errors
    /// The interruption.
    pub fn go_on(&self) -> Result<(), Error> {
        if self.cancelled.load(Ordering::SeqCst) { Err(Error::new(Kind::Cancelled, "interrupted")) } else { Ok(()) }
    }

    /// What stands in the way of the push, by branch and repository.
    pub fn cannot_push(&self, error: GitError) -> Error {
        let source = &self.config.source;
        let message = format!("cannot push to branch `{}` of `{}`", source.branch, source.clone_url.redacted());
        Error { message, ..Error::from(error).caused_first() }
    }

    /// Passes on what the Git server said to people.
    pub async fn tell_server_words(&mut self) {
        for line in self.repository.run(|remote| remote.server_messages().to_vec()).await {
            self.report(Event::ServerSaid { line });
        }
    }
}

/// Runs `flux bootstrap git`.
///
/// # Errors
/// Whatever went wrong; [`Error::done`] is filled in by the caller from [`Surroundings::progress`].
pub async fn run(
    config: &BootstrapConfig,
    credentials: &Credentials,
    around: Surroundings<'_>,
) -> Result<Ended, Error> {
    let deadline = Deadline::after(config.run.timeout);
    let namespace = namespace(&config.cluster, around.environment)?;
    around.reporter.report(&Event::PhaseStarted { phase: Phase::Observe });
    let patience = Patience { deadline: deadline.at(), cancelled: Arc::clone(&around.cancelled) };
    if matches!(config.run.mode, RunMode::Export { .. } | RunMode::ExportFiles(_)) {
        let wanted =
            render::wanted(config, namespace, credentials, around.environment, patience, around.reporter).await?;
        let exported = match &config.run.mode {
            RunMode::ExportFiles(checkout) => {
                let directory = config.source.path.join(wanted.sync.namespace.as_str());
                checkout::write(&wanted, checkout, &directory, around.reporter)
            }
            mode => export::export(config, credentials, &wanted, *mode == RunMode::Export { show_secrets: true }),
        };
        return exported.map(Ended::Exported);
    }
    let (environment, cancelled) = (around.environment, &around.cancelled);
    // A flag that names what the kubeconfig does not have is a slip, told before any server is asked.
    if let Err(error) = context_namespace(&config.cluster.kube, environment).map_err(Error::from)
        && error.kind == Kind::Usage
    {
        return Err(error);
    }
    let look = Look { config, credentials, environment, deadline: deadline.at(), cancelled };
    let (cluster, repository) = look::at_both(look, &namespace, around.reporter).await;
    let mut findings = Vec::new();
    let cluster = cluster.and_then(|cluster| noted(cluster, &mut findings));
    let repository = repository.and_then(|repository| noted(repository, &mut findings));
    if let (None, Some(Found::UnknownServer(key))) = (&cluster, &repository) {
        findings.extend(look::unvouched(look, key, around.prompter.can_ask()));
    }
    let render = render::wanted(config, namespace, credentials, environment, patience, around.reporter);
    let wanted = if findings.is_empty() { Some(render.await) } else { look::within_grace(render).await };
    let wanted = wanted.and_then(|wanted| noted(wanted, &mut findings));
    let (Some((cluster, observed)), Some(wanted)) = (cluster, wanted) else {
        return Err(Error::together(findings));
    };
    let mut run = Run {
        config,
        credentials,
        environment,
        wanted,
        cluster,
        repository: Repository::closed(),
        host_keys: credentials.host_keys.clone(),
        deadline,
        progress: around.progress,
        seen_revisions: Vec::new(),
        source_existed: false,
        cancelled: Arc::clone(&around.cancelled),
        reporter: SharedReporter::new(around.reporter),
        prompter: around.prompter,
    };
    trust_known_hosts(&mut run, &observed);
    let repository = match repository {
        Some(found) if findings.is_empty() => noted(observe_repository(&mut run, found).await, &mut findings),
        _ => None,
    };
    let Some(repository) = repository else {
        // Where the repository took all the time, the cluster could only say that none is left.
        if !run.deadline.remaining().is_zero() {
            findings.extend(refusals::of_cluster(&run, &observed).await);
        }
        return Err(Error::together(findings));
    };
    run.source_existed = observed.flux.git_repository.is_some();
    run.seen_revisions = seen_revisions(&observed);
    let decided = decide(&mut run, &observed, repository).await?;
    for message in &decided.plan.warnings {
        run.report(Event::Warning { message: message.clone() });
    }
    if config.run.mode == RunMode::DryRun {
        return Ok(Ended::Planned(decided.plan));
    }
    execute(&mut run, &observed, decided.plan, decided.work).await?;
    Ok(Ended::Done)
}

/// The namespace of Flux, which the kubeconfig may choose.
///
/// # Errors
/// The kubeconfig cannot be read, or names no valid namespace.
pub fn namespace(config: &ClusterConfig, environment: &Environment) -> Result<Namespace, Error> {
    match &config.namespace {
        NamespaceChoice::Fixed(namespace) => Ok(namespace.clone()),
        NamespaceChoice::FollowsContext => match context_namespace(&config.kube, environment)? {
            Some(name) => {
                name.parse().map_err(|error| Error::usage("the context's namespace cannot be used").caused_by(error))
            }
            None => Ok(Namespace::default()),
        },
    }
}

/// The tip and what the next commit makes of it, after whatever questions it takes.
async fn observe_repository(run: &mut Run<'_>, found: Found) -> Result<ObservedRepository, Error> {
    let config = run.config;
    let tip = match found {
        Found::Tip(repository, tip) => {
            run.repository = repository;
            tip
        }
        Found::UnknownServer(_) => {
            trust_clone_host(run).await?;
            open(run)?;
            run.repository.fetch(&config.source.branch, &run.reporter).await?
        }
    };
    let mode = run.repository.run(|remote| remote.fetch_mode().cloned()).await;
    if let Some(message) = fetch_detail(mode.as_ref()) {
        run.report(Event::Detail { message });
    }
    run.report(Event::Fetched {
        commit: tip.map(|tip| tip.to_string()),
        without_blobs: mode == Some(FetchMode::WithoutFiles),
    });
    run.tell_server_words().await;
    run.report(Event::GenerateStarted { manifests: Manifests::Components });
    run.report(Event::Generated { manifests: Manifests::Components });
    run.report(Event::GenerateStarted { manifests: Manifests::Sync });
    let repository = run.repository.observe(config, &run.wanted, tip, &run.reporter).await?;
    run.report(Event::Generated { manifests: Manifests::Sync });
    let folder = config.source.path.join(run.wanted.sync.namespace.as_str());
    let file = format!("{folder}/{}", crate::manifests::SYNC_FILE);
    for note in &repository.files.sync.notes {
        run.report(Event::Warning { message: format!("`{file}`: {note}") });
    }
    if repository.files.sync.hand_edits_kept {
        run.report(Event::HandEditsKept { file });
    }
    Ok(repository)
}

/// The revisions that the cluster was at before this run.
fn seen_revisions(observed: &ObservedCluster) -> Vec<String> {
    let flux = &observed.flux;
    let fetched = flux.git_repository.as_ref().and_then(git_repository::artifact_revision);
    let applied = flux.kustomization.as_ref().and_then(kustomization::applied_revision);
    fetched.into_iter().chain(applied).map(str::to_owned).collect()
}

fn open(run: &mut Run<'_>) -> Result<(), Error> {
    let connection = source::connection(
        run.config,
        run.credentials,
        &run.host_keys,
        run.environment,
        run.deadline.at(),
        &run.cancelled,
    );
    run.repository.open(&connection).map_err(Error::from)
}

fn trust_known_hosts(run: &mut Run<'_>, observed: &ObservedCluster) {
    let lines = observed.source_secret.as_ref().and_then(|secret| secret.keys.get("known_hosts"));
    if let Some(lines) = lines.and_then(|lines| std::str::from_utf8(lines.expose()).ok()) {
        let origin = format!("source secret {}/{}", run.wanted.sync.namespace, run.config.source.secret_name);
        run.host_keys = run.host_keys.clone().with_secret(lines, origin);
    }
}

/// Has an unknown host key of the server we clone from accepted before the first connection shows an identity.
async fn trust_clone_host(run: &mut Run<'_>) -> Result<(), Error> {
    let url = run.config.source.clone_url.clone();
    if let ServerKey::Unknown(key) = server_key(run, &url).await? {
        accept(run, &url, &key)?;
    }
    // A server that cannot be reached is the fetch's to report.
    Ok(())
}

/// The lines of known_hosts for the server that the cluster syncs from, after whatever questions it takes.
///
/// # Errors
/// The key is not to be trusted, or the server cannot be reached and nothing is on record.
pub async fn server_line(run: &mut Run<'_>, url: &GitUrl) -> Result<String, Error> {
    let unreachable_while_cloning = |error: Error| {
        if error.kind == Kind::Other && run.config.source.clone_url.scheme != Scheme::Ssh {
            return error.hint("If only the cluster can reach it, give its host key with --known-hosts-file.");
        }
        error
    };
    match server_key(run, url).await.map_err(unreachable_while_cloning)? {
        ServerKey::Trusted(line) => Ok(line),
        ServerKey::Unreachable { line, place, error } => {
            let message = format!(
                "the SSH server cannot be reached from here, so the cluster gets the host key on record ({place}): {error}"
            );
            run.report(Event::Warning { message });
            Ok(line)
        }
        ServerKey::Unknown(key) => accept(run, url, &key),
    }
}

async fn server_key(run: &Run<'_>, url: &GitUrl) -> Result<ServerKey, Error> {
    ask_server_key(url, &run.host_keys, run.credentials, run.deadline.at(), &run.cancelled).await
}

/// Asks the SSH server of a URL for its key.
///
/// # Errors
/// The key is not to be trusted, or the server cannot be reached and nothing is on record.
pub async fn ask_server_key(
    url: &GitUrl,
    host_keys: &HostKeySources,
    credentials: &Credentials,
    deadline: std::time::Instant,
    cancelled: &Arc<AtomicBool>,
) -> Result<ServerKey, Error> {
    let limits = SshLimits { deadline: Some(deadline), cancelled: Arc::clone(cancelled) };
    let (asked, sources, algorithms) =
        (url.clone(), Arc::new(host_keys.clone()), credentials.host_key_algorithms.clone());
    let found = tokio::task::spawn_blocking(move || source::server_key(&asked, &sources, &algorithms, &limits)).await;
    found.map_err(|error| Error::new(Kind::Other, "asking for the host key failed").caused_by(error))?
}

fn accept(run: &mut Run<'_>, url: &GitUrl, key: &HostKey) -> Result<String, Error> {
    let (config, prompter, host_keys) = (run.config, &mut *run.prompter, &mut run.host_keys);
    let before = run.deadline.at();
    let line = run.deadline.pausing(|| source::accept_host_key(url, key, config, host_keys, prompter))?;
    run.cluster.extend_deadline(run.deadline.at() - before);
    run.repository.set_deadline(run.deadline.at());
    Ok(line)
}

fn fetch_detail(mode: Option<&FetchMode>) -> Option<String> {
    match mode? {
        FetchMode::WithoutFiles => None,
        FetchMode::FilterNotOffered => {
            Some("the server does not offer `filter`; the tip was fetched with all its files".into())
        }
        FetchMode::FilterRefused { reason } => {
            Some(format!("the server refused `filter` ({reason}); the tip was fetched with all its files"))
        }
        FetchMode::FilesRefused { reason } => {
            Some(format!("the server gives out no single files ({reason}); the tip was fetched with all of them"))
        }
    }
}
