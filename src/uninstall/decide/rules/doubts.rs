//! What somebody should know before Flux is removed.

use super::named;
use crate::domain::object_ref::ObjectRef;
use crate::plan::{Plan, Step};
use crate::uninstall::case::Facts;
use crate::uninstall::decide::survivors::Survivors;

/// All that is to be said, in the order in which it is said.
pub(crate) fn warnings(facts: &Facts<'_>, survivors: &Survivors, plan: &Plan) -> Vec<String> {
    let mut warnings: Vec<String> = foreign_finalizers(facts).into_iter().collect();
    warnings.extend(unreadable_kinds(facts));
    warnings.extend(gone_already(survivors));
    warnings.extend(applied_elsewhere(facts));
    warnings.extend(without_note(facts, survivors, plan));
    warnings.extend(followed_by_others(facts));
    warnings
}

/// Objects that go only when somebody else lets them.
fn foreign_finalizers(facts: &Facts<'_>) -> Option<String> {
    let draft = facts.draft;
    let namespace = draft.namespace.is_some().then_some(facts.namespace.as_str());
    let goes = |object: &ObjectRef| draft.definitions.is_some() || object.namespace.as_deref() == namespace;
    let held: Vec<String> = (facts.found.instances.iter())
        .filter(|instance| !instance.foreign.is_empty() && goes(&instance.object))
        .map(|instance| format!("`{}` ({})", instance.object, instance.foreign.join(", ")))
        .collect();
    (!held.is_empty()).then(|| {
        format!(
            "finalizers of others stay, and what carries them goes only when their owners let it: {}",
            held.join(", ")
        )
    })
}

/// Kinds whose objects nobody can read, so that their finalizers stay.
fn unreadable_kinds(facts: &Facts<'_>) -> Option<String> {
    let unserved = facts.found.definitions.iter().filter(|definition| definition.served.is_none());
    let names: Vec<String> = unserved.map(|definition| format!("`{}`", definition.name)).collect();
    (!names.is_empty() && facts.draft.definitions.is_some())
        .then(|| format!("no version of {} is served, so its objects cannot be looked at", names.join(", ")))
}

/// Objects that the proof does not count.
fn gone_already(survivors: &Survivors) -> Vec<String> {
    let said = |objects: &[ObjectRef], what: &str| {
        (!objects.is_empty()).then(|| format!("of the objects that Flux applied, these {what}: {}", named(objects)))
    };
    let absent = said(&survivors.absent, "are not there even now");
    absent.into_iter().chain(said(&survivors.deleting, "are being deleted by somebody else")).collect()
}

/// Nobody can see from here who else follows the folder.
fn followed_by_others(facts: &Facts<'_>) -> Option<String> {
    let (config, _) = facts.files.filter(|(_, files)| !files.removal.is_empty())?;
    let source = &config.source;
    Some(format!(
        "any other cluster that follows `{}` of `{}` removes its own Flux when it syncs the commit",
        source.path, source.branch
    ))
}

/// Nothing is deleted there, but nobody looks there either.
fn applied_elsewhere(facts: &Facts<'_>) -> Option<String> {
    let remote = &facts.found.remote;
    (!remote.is_empty())
        .then(|| format!("what is applied to other clusters stays there and is not counted: {}", named(remote)))
}

/// There are more objects than a note holds.
fn without_note(facts: &Facts<'_>, survivors: &Survivors, plan: &Plan) -> Option<String> {
    let noted = plan.steps.iter().any(|step| matches!(step, Step::NoteSurvivors(step) if step.note.is_some()));
    let is_noted = noted || facts.found.namespace.as_ref().is_none_or(|own| own.note.is_some());
    (!is_noted && !survivors.all.is_empty() && plan.steps.len() > 1).then(|| {
        "Flux applied more objects than can be noted in the cluster: if this run is interrupted, the next one cannot count them"
            .to_owned()
    })
}
