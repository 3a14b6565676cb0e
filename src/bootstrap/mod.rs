//! `flux bootstrap git`: look at both worlds, draft what shall be, ask what that leaves open, decide, carry out.
//!
//! Only [`draft`] and [`decide`](mod@decide) think, and they are pure; only [`crate::execute`] writes.

pub(crate) mod cluster_state;
pub(crate) mod decide;
pub(crate) mod draft;
mod export;
pub(crate) mod facts;
pub(crate) mod inquiry;
mod observe;
pub(crate) mod pull_request;

use crate::cluster::Cluster;
use crate::domain::config::{BootstrapConfig, Namespace, RunMode};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, IdentityEvent, Phase, ProposalEvent};
use crate::domain::shell_word::shell_word;
use crate::entra::PUBLIC_HOST;
use crate::execute::propose::completed_by;
use crate::execute::{Account, Moved, Outcome, Produced, execute};
use crate::http::Proxies;
use crate::open::host_trust::ServerKey;
use crate::open::{Repository, Session, Worlds, check_flags, namespace};
use crate::plan::{Plan, Topic};
use decide::decide;
use draft::of_cluster_alone;
use facts::{Facts, Looked};
use inquiry::{Answers, Inquiry};
use observe::ask::ask;
use observe::look::{Look, look, look_again, look_at_cluster_again};

/// How a run ended that did what it was asked for.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The cluster follows the repository.
    Done,
    /// `--dry-run`: this is what would be done.
    Planned(Box<Plan>),
    /// `--export`: the result as YAML; `--export-dir`: the paths of the files written.
    Exported(String),
}

/// Runs `flux bootstrap git`.
///
/// # Errors
/// Whatever went wrong; [`Error::done`] is filled in by the caller from the account.
pub(crate) async fn run(session: &Session<'_>, config: &BootstrapConfig, account: &Account) -> Result<Ended, Error> {
    let namespace = namespace(&config.cluster, session.environment)?;
    session.report(Event::PhaseStarted { phase: Phase::Observe });
    if matches!(config.run.mode, RunMode::Export { .. } | RunMode::ExportFiles(_)) {
        return export::export(session, config, &namespace).await.map(Ended::Exported);
    }
    check_flags(&config.cluster, session.environment)?;
    let Look { looked, cluster, repository } = Box::pin(look(session, config, &namespace)).await;
    let mut thinking = Thinking {
        session,
        config,
        namespace: &namespace,
        looked,
        answers: Answers::default(),
        produced: Produced::default(),
    };
    let mut plan = thinking.decide((cluster.as_ref(), repository.as_ref())).await?;
    if config.run.mode == RunMode::DryRun {
        return Ok(Ended::Planned(Box::new(plan)));
    }
    let (Some(cluster), Some(repository)) = (cluster, repository) else {
        return Err(Error::new(Kind::Other, "a plan was made of what could not be opened"));
    };
    let mut worlds = Worlds { cluster, repository: Some(repository) };
    loop {
        thinking.agree(&plan)?;
        plan = match Box::pin(execute(session, &worlds, &plan, account, &mut thinking.produced)).await? {
            Outcome::Done => {
                if !account.is_empty() {
                    session.report(next_steps(config, &namespace));
                }
                return Ok(Ended::Done);
            }
            Outcome::Moved(moved) => thinking.after_a_race(*moved, &worlds, account).await?,
            Outcome::TargetMoved => thinking.after_a_move(&mut worlds).await?,
        };
    }
}

/// What to do with the cluster from now on; the commands name it where this run was told which one it is.
fn next_steps(config: &BootstrapConfig, namespace: &Namespace) -> Event {
    let context = config.cluster.kube.context.as_ref().map(|name| format!(" --context={}", shell_word(name)));
    let name = namespace.as_str();
    let place = (name != Namespace::default().as_str()).then(|| format!(" --namespace={name}"));
    Event::NextSteps {
        path: config.source.path.as_tree_path().to_owned(),
        branch: config.source.branch.clone(),
        flags: [context, place].into_iter().flatten().collect(),
        name: name.to_owned(),
    }
}

/// All that is known, and from whom more can be learnt.
struct Thinking<'a, 's> {
    session: &'a Session<'s>,
    config: &'a BootstrapConfig,
    namespace: &'a Namespace,
    looked: Looked,
    answers: Answers,
    produced: Produced,
}

impl Thinking<'_, '_> {
    /// Asks what is still open, decides, and tells the warnings that are new.
    async fn decide(&mut self, worlds: (Option<&Cluster>, Option<&Repository>)) -> Result<Plan, Error> {
        let inquiry = self.inquiry();
        // Where looking took all the time, both worlds could only say that none is left.
        if !self.session.limits.remaining().is_zero() {
            Box::pin(ask(self.session, self.config, worlds, &inquiry, &mut self.answers)).await;
        }
        let plan = decide(Facts {
            config: self.config,
            credentials: self.session.credentials,
            namespace: self.namespace,
            can_ask: self.session.can_ask(),
            is_proxied: Proxies::of(self.session.environment).for_host("https", PUBLIC_HOST, 443).is_some(),
            looked: &self.looked,
            answers: &self.answers,
            produced: &self.produced,
        })?;
        let reason = plan.identity.as_ref().and_then(|identity| Some((&identity.mode, identity.reason.as_ref()?)));
        if let Some((mode, reason)) = reason
            && self.produced.warned.insert(reason.clone())
        {
            let (mode, reason) = (mode.clone(), reason.clone());
            self.session.report(IdentityEvent::ClusterIdentityMode { mode, reason }.into());
        }
        for message in &plan.warnings {
            if self.produced.warned.insert(message.clone()) {
                self.session.report(Event::Warning { message: message.clone() });
            }
        }
        Ok(plan)
    }

    fn inquiry(&self) -> Inquiry {
        let looked = &self.looked;
        match (looked.draft.known(), looked.wanted.known().zip(looked.cluster.known())) {
            (Some(draft), _) => draft.inquiry.clone(),
            (None, Some((wanted, cluster))) => of_cluster_alone(wanted, cluster),
            (None, None) => Inquiry::default(),
        }
    }

    /// Has the plan's questions answered, and trusts the server's key once somebody vouches for it.
    fn agree(&mut self, plan: &Plan) -> Result<(), Error> {
        for question in decide::asked_beforehand(plan) {
            match self.session.ask(&question.text) {
                Some(Ok(true)) => self.produced.agreed.insert(question.topic),
                Some(Err(error)) => {
                    return Err(Error::new(Kind::Cancelled, "the question was not answered").caused_by(error));
                }
                Some(Ok(false)) | None => return Err(question.refused.clone()),
            };
        }
        let accepted = self.config.credentials.accept_new_host_key || self.produced.agreed.contains(&Topic::HostKey);
        if let Some(ServerKey::Unknown(key)) = self.answers.host_key.known().filter(|_| accepted) {
            self.session.trust(&self.config.source.sync_url, key);
        }
        Ok(())
    }

    /// The plan from the tip that won.
    async fn after_a_race(&mut self, moved: Moved, worlds: &Worlds, account: &Account) -> Result<Plan, Error> {
        let tip = look_again(self.session, self.config, &mut self.looked, worlds).await;
        self.answers.forget_the_proposal();
        let planned = match tip {
            Ok(tip) => {
                let unsettled = moved.settle(self.session, account, tip, &mut self.produced);
                (self.decide((Some(&worlds.cluster), worlds.repository.as_ref())).await, unsettled)
            }
            Err(error) => (Err(error), moved.into_failure()),
        };
        match planned {
            (Ok(plan), _) => Ok(plan),
            (Err(_), too_late) if self.session.limits.remaining().is_zero() => Err(too_late),
            (Err(error), _) => Err(error),
        }
    }

    /// The plan from the tip that the target branch is at while a change is proposed. Once it holds the change, the cluster
    /// is looked at again too: the wait may have been long.
    async fn after_a_move(&mut self, worlds: &mut Worlds) -> Result<Plan, Error> {
        let tip = look_again(self.session, self.config, &mut self.looked, worlds).await?;
        self.answers.forget_the_proposal();
        let holds_all = self.looked.draft.known().is_some_and(|draft| draft.files.manifests.is_none());
        let merged = self.produced.proposal.take_if(|_| holds_all);
        if let Some((commit, proposal)) = tip.zip(merged) {
            let by = completed_by(self.session, worlds, &proposal).await;
            self.session
                .report(Event::Proposal(ProposalEvent::PullRequestCompleted { commit: commit.to_string(), by }));
            look_at_cluster_again(self.session, self.config, self.namespace, &mut self.looked, worlds).await?;
            look_again(self.session, self.config, &mut self.looked, worlds).await?;
            let host_key = std::mem::take(&mut self.answers.host_key);
            self.answers = Answers { host_key, ..Answers::default() };
        }
        self.decide((Some(&worlds.cluster), worlds.repository.as_ref())).await
    }
}
