//! `flux uninstall`: look at all that goes and all that stays, draft the removal, ask what that leaves open, decide, carry
//! out, and prove at the end that nothing of Flux is left and nothing that it applied is lost.
//!
//! Only [`draft`] and [`decide`](mod@decide) think, and they are pure; only [`crate::execute`] writes.

pub(crate) mod case;
pub(crate) mod decide;
pub(crate) mod draft;
pub(crate) mod facts;
mod observe;

use crate::domain::config::UninstallConfig;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Phase};
use crate::execute::{Account, Outcome, Produced, execute};
use crate::open::{Session, Worlds, check_flags, connect, namespace};
use crate::plan::Plan;
use case::Facts;
use decide::decide;
use draft::draft;
use observe::ask::ask;
use observe::look::look;

/// How a run ended that did what it was asked for.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Nothing of Flux is left, and all that it applied is there.
    Done,
    /// `--dry-run`: this is what would be done.
    Planned(Plan),
}

/// Runs `flux uninstall`.
///
/// # Errors
/// Whatever went wrong; [`Error::done`] is filled in by the caller from the account.
pub(crate) async fn run(session: &Session<'_>, config: &UninstallConfig, account: &Account) -> Result<Ended, Error> {
    let namespace = namespace(&config.cluster, session.environment)?;
    session.report(Event::PhaseStarted { phase: Phase::Observe });
    check_flags(&config.cluster, session.environment)?;
    let cluster = connect(&config.cluster, session.environment, &session.limits).await?;
    let (server, context) = (cluster.server().to_owned(), cluster.context().map(str::to_owned));
    session.report(Event::ClusterChosen { server: server.clone(), context });
    let found = look(&cluster, namespace.as_str()).await?;
    let draft = draft(config, &namespace, &found);
    let answers = ask(&cluster, &draft.inquiry).await;
    let plan = decide(&Facts {
        config,
        namespace: &namespace,
        can_ask: session.can_ask(),
        server: &server,
        found: &found,
        draft: &draft,
        answers: &answers,
    })?;
    for message in &plan.warnings {
        session.report(Event::Warning { message: message.clone() });
    }
    if config.is_dry_run() {
        return Ok(Ended::Planned(plan));
    }
    agree(session, &plan)?;
    let worlds = Worlds { cluster, repository: None };
    match execute(session, &worlds, &plan, account, &mut Produced::default()).await? {
        Outcome::Done => Ok(Ended::Done),
        Outcome::Moved(moved) => Err(moved.into_failure()),
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
