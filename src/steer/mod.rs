//! `flux reconcile`, `flux suspend`, `flux resume`: tell a controller to look at an object now, to act on it no more, or to
//! act again. Look, decide, carry out; only [`decide`](mod@decide) thinks, and it is pure.

pub(crate) mod decide;

use crate::domain::config::{RunMode, SteerConfig};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Phase};
use crate::execute::{Account, Outcome, Produced, execute};
use crate::open::{Session, Worlds, check_flags, connect, namespace, require_definition};
use crate::plan::Plan;
use decide::{Facts, decide};

/// How a run ended that did what it was asked for.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The controller was told, and has acted where that was waited for.
    Done,
    /// `--dry-run`: this is what would be done.
    Planned(Box<Plan>),
}

/// Runs the command.
///
/// # Errors
/// Whatever went wrong; [`Error::done`] is filled in by the caller from the account.
pub(crate) async fn run(session: &Session<'_>, config: &SteerConfig, account: &Account) -> Result<Ended, Error> {
    let namespace = namespace(&config.cluster, session.environment)?;
    session.report(Event::PhaseStarted { phase: Phase::Observe });
    check_flags(&config.cluster, session.environment)?;
    let cluster = connect(&config.cluster, session).await?;
    let (server, context) = (cluster.server().to_owned(), cluster.context().map(str::to_owned));
    session.report(Event::ClusterChosen { server, context });
    let kind = config.kind;
    let objects = cluster.list(kind.api_version(), kind.name(), Some(namespace.as_str()), "").await?;
    if objects.is_empty() {
        require_definition(&cluster, kind).await?;
    }
    let mut sources = Vec::new();
    for source in decide::sources(config, namespace.as_str(), &objects) {
        let found = cluster.get(&source).await?;
        sources.push((source, found));
    }
    let plan = decide(&Facts { config, namespace: namespace.as_str(), objects: &objects, sources: &sources })?;
    for message in &plan.warnings {
        session.report(Event::Warning { message: message.clone() });
    }
    if config.run.mode == RunMode::DryRun {
        return Ok(Ended::Planned(Box::new(plan)));
    }
    let worlds = Worlds { cluster, repository: None };
    match execute(session, &worlds, &plan, account, &mut Produced::default()).await? {
        Outcome::Done => Ok(Ended::Done),
        Outcome::Moved(moved) => Err(moved.into_failure()),
        Outcome::TargetMoved => Err(Error::new(Kind::Other, "nothing was proposed, and yet it was waited for")),
    }
}
