//! `flux uninstall`: look at all that goes and all that stays, draft the removal, ask what that leaves open, decide, carry
//! out, and prove at the end that nothing of Flux is left and nothing that it applied is lost.
//!
//! Only [`draft`](mod@draft) and [`decide`](mod@decide) think, and they are pure; only [`crate::execute`] writes.

pub(crate) mod case;
pub(crate) mod decide;
pub(crate) mod draft;
pub(crate) mod facts;
mod observe;

use crate::cluster::Cluster;
use crate::domain::config::{BootstrapConfig, Namespace, UninstallConfig};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Phase};
use crate::domain::shell_word::shell_word;
use crate::execute::{Account, Outcome, Produced, execute};
use crate::open::{Repository, Session, Worlds, check_flags, connect, namespace};
use crate::plan::{Followed, Plan};
use case::Facts;
use decide::{after_a_race, change, decide};
use draft::draft;
use facts::{Found, FoundFiles};
use observe::ask::ask;
use observe::look::look;
use observe::repository;
use observe::sync::what_is_followed;

/// How a run ended that did what it was asked for.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Nothing of Flux is left, and all that it applied is there.
    Done,
    /// `--dry-run`: this is what would be done.
    Planned(Box<Plan>),
}

/// What the cluster follows, which a run with `--git` must know before its secrets can be read.
///
/// # Errors
/// The cluster cannot be looked at, or is not the one that is meant.
pub(crate) async fn followed(session: &Session<'_>, config: &UninstallConfig) -> Result<Option<Followed>, Error> {
    let namespace = namespace(&config.cluster, session.environment)?;
    check_flags(&config.cluster, session.environment)?;
    let cluster = connect(&config.cluster, session).await?;
    Ok(what_is_followed(&cluster, namespace.as_str()).await?)
}

/// Runs `flux uninstall`; with `--git` on this repository.
///
/// # Errors
/// Whatever went wrong; [`Error::done`] is filled in by the caller from the account.
pub(crate) async fn run(
    session: &Session<'_>,
    config: &UninstallConfig,
    git: Option<&BootstrapConfig>,
    account: &Account,
) -> Result<Ended, Error> {
    let namespace = namespace(&config.cluster, session.environment)?;
    session.report(Event::PhaseStarted { phase: Phase::Observe });
    check_flags(&config.cluster, session.environment)?;
    let cluster = connect(&config.cluster, session).await?;
    let (server, context) = (cluster.server().to_owned(), cluster.context().map(str::to_owned));
    session.report(Event::ClusterChosen { server: server.clone(), context });
    let repository = match git {
        Some(git) => Some(repository::open(session, git).await?),
        None => None,
    };
    let (found, files) = look_at_both(session, &cluster, &namespace, git.zip(repository.as_ref())).await?;
    let draft = draft(config, &namespace, &found);
    let answers = ask(&cluster, &draft.inquiry).await;
    let plan = decide(&Facts {
        config,
        namespace: &namespace,
        can_ask: session.can_ask(),
        server: &server,
        found: &found,
        draft: &draft,
        files: git.zip(files.as_ref()),
        answers: &answers,
    })?;
    for message in &plan.warnings {
        session.report(Event::Warning { message: message.clone() });
    }
    if config.is_dry_run() {
        return Ok(Ended::Planned(Box::new(plan)));
    }
    agree(session, &plan)?;
    let worlds = Worlds { cluster, repository };
    carry_out(session, &worlds, plan, git, &namespace, account).await
}

/// Looks at the cluster and the repository side by side.
async fn look_at_both(
    session: &Session<'_>,
    cluster: &Cluster,
    namespace: &Namespace,
    git: Option<(&BootstrapConfig, &Repository)>,
) -> Result<(Found, Option<FoundFiles>), Error> {
    let name = namespace.as_str();
    let files = async {
        match git {
            Some((git, repository)) => repository::look(session, git, namespace, repository).await.map(Some),
            None => Ok(None),
        }
    };
    match futures::join!(look(cluster, name), files) {
        (Ok(found), Ok(files)) => Ok((found, files)),
        (found, files) => {
            let failures = found.err().map(Error::from).into_iter().chain(files.err());
            Err(Error::together(failures.collect()))
        }
    }
}

/// Carries the plan out; after a lost race to the branch, the rest of it anew.
async fn carry_out(
    session: &Session<'_>,
    worlds: &Worlds,
    mut plan: Plan,
    git: Option<&BootstrapConfig>,
    namespace: &Namespace,
    account: &Account,
) -> Result<Ended, Error> {
    let mut produced = Produced::default();
    loop {
        let moved = match execute(session, worlds, &plan, account, &mut produced).await {
            Ok(Outcome::Done) => return Ok(Ended::Done),
            Ok(Outcome::Moved(moved)) => Some(moved),
            Ok(Outcome::TargetMoved) => None,
            Err(error) => return Err(with_the_way_back(error, git)),
        };
        let Some(git) = git else {
            return Err(moved.map_or_else(|| Error::new(Kind::Other, "no branch was followed"), |it| it.into_failure()));
        };
        let looked = repository::look(session, git, namespace, worlds.repository()?).await;
        match (looked, moved) {
            (Ok(files), moved) => {
                if let Some(moved) = moved {
                    moved.settle(session, account, files.tip, &mut produced);
                }
                plan = after_a_race(&plan, change(git, &files, namespace));
            }
            (Err(_), Some(moved)) if session.limits.remaining().is_zero() => {
                return Err(with_the_way_back(moved.into_failure(), Some(git)));
            }
            (Err(error), _) => return Err(with_the_way_back(error, Some(git))),
        }
    }
}

/// Once Flux is gone the cluster no longer tells what it followed.
fn with_the_way_back(error: Error, git: Option<&BootstrapConfig>) -> Error {
    match git.filter(|_| matches!(error.kind, Kind::GitAccess | Kind::PushRefused)) {
        Some(git) => {
            let source = &git.source;
            let [url, branch, path] = [source.clone_url.redacted(), source.branch.clone(), source.path.to_string()];
            let flags = [("url", url), ("branch", branch), ("path", path)];
            let flags = flags.map(|(flag, value)| format!("--{flag}={}", shell_word(&value))).join(" ");
            error.hint(format!(
                "Flux is gone from the cluster; to remove its files later: `flux uninstall --git {flags}`."
            ))
        }
        None => error,
    }
}

/// Has the plan's questions answered.
fn agree(session: &Session<'_>, plan: &Plan) -> Result<(), Error> {
    for question in &plan.questions {
        match session.ask(&question.text) {
            Some(Ok(true)) => {}
            Some(Err(error)) => {
                return Err(Error::new(Kind::Cancelled, "the question was not answered").caused_by(error));
            }
            Some(Ok(false)) | None => return Err(question.refused.clone()),
        }
    }
    Ok(())
}
