//! `flux rotate source git`: gives the cluster another credential for its repository, and proves it by the cluster's own
//! fetch. Looks, drafts, asks, decides and carries out as a bootstrap does; nothing is committed.

mod decide;
mod draft;
mod facts;
mod observe;

use crate::cluster::Cluster;
use crate::domain::config::{Namespace, RotateConfig, RunMode};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Phase};
use crate::execute::{Account, Outcome, Produced, execute};
use crate::open::{Repository, Session, Worlds, check_flags, namespace};
use crate::plan::{Plan, Step};
use crate::preflight::rotation::RotationSecrets;
use facts::{Answers, Facts};

/// How a rotation ended that did what it was asked for.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The cluster reads the repository with the new credential.
    Done,
    /// `--dry-run`: this is what would be done.
    Planned(Box<Plan>),
}

/// Runs `flux rotate source git`.
///
/// # Errors
/// Whatever went wrong; [`Error::done`] is filled in by the caller from the account.
pub(crate) async fn run(
    session: &Session<'_>,
    config: &RotateConfig,
    secrets: &RotationSecrets,
    account: &Account,
) -> Result<Ended, Error> {
    let namespace = namespace(&config.cluster, session.environment)?;
    session.report(Event::PhaseStarted { phase: Phase::Observe });
    check_flags(&config.cluster, session.environment)?;
    let cluster = observe::reach(session, config).await?;
    let mut produced = Produced::default();
    loop {
        let (plan, repository) = planned(session, config, secrets, &namespace, &cluster).await?;
        for message in &plan.warnings {
            if produced.warned.insert(message.clone()) {
                session.report(Event::Warning { message: message.clone() });
            }
        }
        if config.run.mode == RunMode::DryRun {
            return Ok(Ended::Planned(Box::new(plan)));
        }
        let worlds = Worlds { cluster: cluster.clone(), repository };
        match execute(session, &worlds, &plan, account, &mut produced).await? {
            // A key that is accepted now is taken into use by what is decided of it next.
            Outcome::Done if plan.steps.iter().any(|step| matches!(step, Step::OfferKey(_))) => {}
            Outcome::Done => return Ok(Ended::Done),
            Outcome::Moved(_) | Outcome::TargetMoved => {
                return Err(Error::new(Kind::Other, "a rotation pushes nothing, and yet a push was lost"));
            }
        }
    }
}

/// Looks, drafts, asks and decides.
async fn planned(
    session: &Session<'_>,
    config: &RotateConfig,
    secrets: &RotationSecrets,
    namespace: &Namespace,
    cluster: &Cluster,
) -> Result<(Plan, Option<Repository>), Error> {
    let looked = observe::look(session, config, namespace, cluster).await?;
    let draft = draft::draft(config, secrets, &looked);
    let (answers, repository) = match draft.known() {
        Some(draft) => observe::ask(session, cluster, namespace.as_str(), draft).await,
        None => (Answers::default(), None),
    };
    let plan = decide::decide(Facts { config, looked: &looked, draft: &draft, answers: &answers })?;
    Ok((plan, repository))
}
