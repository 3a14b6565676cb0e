//! From all that is known to a plan, or to everything that speaks against it. Pure: asks nobody, writes nothing.

mod proposal;
pub(crate) mod rules;
pub(crate) mod survivors;
#[cfg(test)]
mod tests;

use super::case::Facts;
use super::draft::Draft;
use crate::domain::error::{Error, Kind};
use crate::domain::findings::Findings;
use crate::domain::object_ref::ObjectRef;
use crate::domain::survivor::Survivor;
use crate::plan::{Delete, NoteSurvivors, Plan, Prove, Question, Step, Topic, Unchecked, UninstallNote};
pub(crate) use proposal::change;
use rules::{bystanders, denials, doubts, elsewhere, ownership, people, protected, rights};

/// Decides.
///
/// # Errors
/// Every failure and every refusal that the facts justify, together.
pub(crate) fn decide(facts: &Facts<'_>) -> Result<Plan, Error> {
    let mut findings = Findings::default();
    findings.extend(elsewhere::not_here(facts));
    findings.extend(elsewhere::second_flux(facts));
    findings.extend(ownership::foreign_owner(facts));
    findings.extend(protected::namespace(facts));
    findings.extend(bystanders::would_go(facts));
    findings.extend(rights::lacking(facts));
    findings.extend(denials::of_deletions(facts));
    findings.extend(facts.answers.standings.failure().cloned());
    findings.extend(facts.files.and_then(|(_, files)| files.push_access.failure()).cloned());
    findings.extend(facts.files.and_then(|(_, files)| files.proposed.failure()).cloned());
    let survivors = survivors::of(facts);
    let steps = survivors.as_ref().map(|survivors| steps(facts, &survivors.all));
    let changes = steps.as_ref().is_some_and(|steps| steps.iter().any(|step| !matches!(step, Step::Prove(_))));
    if changes && findings.is_empty() {
        findings.extend(people::nobody_to_ask(facts));
    }
    findings.end()?;
    let (Some(steps), Some(survivors)) = (steps, survivors) else {
        return Err(Error::new(Kind::Other, "not everything that a decision takes was answered"));
    };
    let mut plan = Plan { steps, unchecked: unchecked(facts), ..Plan::default() };
    let question = people::question(facts, survivors.all.len()).filter(|_| changes);
    plan.questions.extend(question.map(|(text, refused)| Question { topic: Topic::Uninstall, text, refused }));
    plan.warnings = doubts::warnings(facts, &survivors, &plan);
    Ok(plan)
}

/// All steps that have something to do, and the proof.
fn steps(facts: &Facts<'_>, survivors: &[Survivor]) -> Vec<Step> {
    let draft = facts.draft;
    let mut steps: Vec<Step> = Vec::new();
    if !draft.suspend.objects.is_empty() {
        steps.push(Step::Suspend(draft.suspend.clone()));
    }
    steps.extend(delete(Some(&draft.controllers)));
    if !draft.strip.objects.is_empty() {
        steps.push(Step::Strip(draft.strip.clone()));
    }
    let rest = [draft.definitions.as_ref(), Some(&draft.belongings), draft.namespace.as_ref()];
    steps.extend(rest.into_iter().filter_map(delete));
    if !steps.is_empty() {
        steps.splice(..0, note(facts, survivors));
    }
    let change = facts.files.and_then(|(config, files)| change(config, files, facts.namespace));
    let (proposed, pushed): (Vec<Step>, Vec<Step>) =
        change.into_iter().partition(|step| matches!(step, Step::Propose(_)));
    steps.extend(pushed);
    if draft.namespace.is_none() {
        steps.extend(forgotten(facts, &steps));
    }
    let was_there = !steps.is_empty();
    steps.push(Step::Prove(Prove { was_there, ..prove(draft, survivors) }));
    // It ends the run, and what is proven is proven then.
    steps.extend(proposed);
    steps
}

/// What is left of a plan when somebody else pushed first: another commit, and what comes after it.
pub(crate) fn after_a_race(plan: &Plan, commit: Option<Step>) -> Plan {
    let is_change = |step: &&Step| matches!(step, Step::CommitAndPush(_) | Step::Propose(_));
    let rest = plan.steps.iter().skip_while(|step| !is_change(step)).skip(1);
    Plan { steps: commit.into_iter().chain(rest.cloned()).collect(), ..Plan::default() }
}

fn delete(step: Option<&Delete>) -> Option<Step> {
    step.filter(|step| !step.objects.is_empty()).map(|step| Step::Delete(step.clone()))
}

/// The note for a run that completes this one, where there is a namespace that takes it and it is not there yet.
fn note(facts: &Facts<'_>, survivors: &[Survivor]) -> Option<Step> {
    let own = facts.found.namespace.as_ref()?;
    let secrets = facts.found.secrets.iter().map(|secret| secret.name.clone()).collect();
    let followed = facts.found.followed.clone();
    let note = UninstallNote { survivors: survivors.to_vec(), secrets, followed };
    let text = note.text()?;
    let is_there = own.note.as_ref().and_then(UninstallNote::text).as_ref() == Some(&text);
    let namespace = facts.namespace.as_str().to_owned();
    (!is_there).then_some(Step::NoteSurvivors(NoteSurvivors { namespace, note: Some(note) }))
}

/// Takes the note off a namespace that stays.
fn forgotten(facts: &Facts<'_>, steps: &[Step]) -> Option<Step> {
    let noted = steps.iter().any(|step| matches!(step, Step::NoteSurvivors(_)));
    let was_noted = facts.found.namespace.as_ref().is_some_and(|own| own.note.is_some());
    let namespace = facts.namespace.as_str().to_owned();
    (noted || was_noted).then_some(Step::NoteSurvivors(NoteSurvivors { namespace, note: None }))
}

fn prove(draft: &Draft, survivors: &[Survivor]) -> Prove {
    let sets = draft.deletions().flat_map(|step| step.sets.iter().chain(&step.awaited).cloned());
    let objects = draft.deletions().flat_map(|step| step.objects.iter().cloned());
    Prove { absent_sets: sets.collect(), absent: objects.collect(), survivors: survivors.to_vec(), was_there: true }
}

/// Deletions that the API server could not check, because a webhook takes no dry runs.
fn unchecked(facts: &Facts<'_>) -> Vec<Unchecked> {
    let reason = |object: &ObjectRef| denials::not_judged(facts.answers.deletions.get(object)?.as_ref().err()?);
    let objects = facts.draft.inquiry.deletions.iter();
    objects.filter_map(|object| Some(Unchecked { object: object.to_string(), reason: reason(object)? })).collect()
}
