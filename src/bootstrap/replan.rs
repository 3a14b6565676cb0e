//! After a lost push race: the new tip is looked at and judged like the first one, and what is left to do is planned again.

use std::collections::VecDeque;

use super::judge::Judgement;
use super::observe::ObservedCluster;
use super::plan::Step;
use super::run::Run;
use super::work::Work;
use crate::domain::error::Error;
use crate::domain::event::Event;
use crate::domain::object_id::CommitId;

/// Looks at the new tip and computes files, objects and the steps after the push again. `ours` is the commit whose push may
/// have arrived; `told` holds the warnings that were given already.
///
/// # Errors
/// The tip cannot be read, or everything that it holds and that speaks against going on.
pub async fn replan(
    run: &mut Run<'_>,
    observed: &ObservedCluster,
    work: &mut Work,
    ours: CommitId,
    told: &mut Vec<String>,
) -> Result<VecDeque<Step>, Error> {
    let tip = run.repository.fetch(&run.config.source.branch, &run.reporter).await?;
    let mut repository = run.repository.observe(run.config, &run.wanted, tip, &run.reporter).await?;
    repository.earlier = std::mem::take(&mut work.repository.earlier);
    if tip != Some(ours) {
        repository.earlier.extend(work.repository.tip);
        let mut judgement = Judgement::of(run, observed, &repository).await;
        if repository.files.sync.needs_secret != work.repository.files.sync.needs_secret {
            judgement.findings.push(
                Error::refused("someone else has just changed how the cluster is to sign in at the Git server")
                    .hint("Run it again: it then decides anew about the source secret."),
            );
        }
        refuse(std::mem::take(&mut judgement.findings))?;
        if repository.build.objects != work.repository.build.objects {
            let writes_secret = work.secret_write.is_some();
            let (components, sync) = judgement.changes(run, observed, &repository, writes_secret).await?;
            refuse(judgement.unknown_kinds(run, &components, &sync))?;
            (work.components, work.sync) = (components, sync);
            (work.deployments, work.left_to_controller) = (judgement.deployments, judgement.left_to_controller);
        }
        for message in judgement.warnings {
            if !told.contains(&message) {
                run.report(Event::Warning { message: message.clone() });
                told.push(message);
            }
        }
    }
    work.repository = repository;
    let before =
        |step: &Step| matches!(step, Step::ConfirmDeployKey { .. } | Step::CommitFiles { .. } | Step::Push { .. });
    Ok(work.plan(run.config, observed).steps.into_iter().filter(|step| !before(step)).collect())
}

fn refuse(findings: Vec<Error>) -> Result<(), Error> {
    if findings.is_empty() { Ok(()) } else { Err(Error::together(findings)) }
}
