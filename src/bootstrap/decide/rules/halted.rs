//! Marks that stop Flux from managing its own objects.

use serde_json::Value;

use crate::bootstrap::decide::case::Case;
use crate::cluster::halted;
use crate::domain::foreign_marks::ForeignMarks;
use crate::domain::object_ref::ObjectRef;

/// Names the objects that Flux leaves as they are.
pub(crate) fn warning(case: &Case<'_>) -> Option<String> {
    let marks = found(case);
    let objects: Vec<String> = marks.iter().filter_map(ForeignMarks::halted).collect();
    (!objects.is_empty())
        .then(|| format!("marks stop Flux from managing {}; --force takes them off", objects.join(", ")))
}

/// The marks that are taken off.
pub(crate) fn taken_off(case: &Case<'_>) -> Vec<ForeignMarks> {
    if case.config.safety.force { found(case) } else { Vec::new() }
}

/// What was found by asking, or where nothing had to be asked in what was looked at.
fn found(case: &Case<'_>) -> Vec<ForeignMarks> {
    let asked = case.answers.marks.values().filter_map(|answer| answer.as_ref().ok()?.as_ref());
    let asked = asked.filter(|marks| !marks.halting.is_empty()).map(|marks| ForeignMarks {
        labels: Vec::new(),
        annotations: Vec::new(),
        ..marks.clone()
    });
    let flux = case.flux();
    let looked = flux.deployments.iter().chain(&flux.git_repository).chain(&flux.kustomization);
    let looked = looked.filter(|_| case.answers.marks.is_empty());
    let looked = looked.filter_map(|live| halted(live, built(case, live)?));
    let mut marks: Vec<ForeignMarks> = asked.chain(looked).collect();
    marks.sort_by_cached_key(|marks| marks.object.to_string());
    marks
}

/// The object as the repository has it.
fn built<'a>(case: &Case<'a>, live: &Value) -> Option<&'a Value> {
    let object = ObjectRef::of(live)?;
    case.draft.build.objects.iter().find(|built| ObjectRef::of(built).as_ref() == Some(&object))
}
