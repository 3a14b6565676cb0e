//! The steps of an uninstall as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::domain::event::Removed;
use crate::domain::object_ref::ObjectRef;
use crate::plan::{Delete, Step};

/// The entry of a step, ending with a line break; none for steps of other commands.
pub(super) fn text(step: &Step) -> Option<String> {
    let mut out = match step {
        Step::NoteSurvivors(step) => match &step.note {
            Some(note) => format!(
                "Note on Namespace/{} what must survive ({}), for a run that completes this one\n",
                step.namespace,
                counted(note.survivors.len())
            ),
            None => format!("Take that note off Namespace/{}\n", step.namespace),
        },
        Step::Suspend(step) => with_objects("Suspend, so that nothing is pruned", &step.objects),
        Step::Delete(step) => with_objects(deletion(step), &step.objects),
        Step::Strip(step) => with_objects("Take the finalizer `finalizers.fluxcd.io` off", &step.objects),
        Step::Prove(step) if step.survivors.is_empty() => "Prove that nothing of Flux is left\n".to_owned(),
        Step::Prove(step) => format!(
            "Prove that nothing of Flux is left, and that what it applied is still there ({})\n",
            counted(step.survivors.len())
        ),
        _ => return None,
    };
    if let Step::Delete(Delete { goes_with_it, .. }) = step
        && !goes_with_it.is_empty()
    {
        out.push_str("   with all that is in it, which includes:\n");
        for object in goes_with_it {
            let _ = writeln!(out, "      {object}");
        }
    }
    Some(out)
}

fn counted(objects: usize) -> String {
    if objects == 1 { "1 object".to_owned() } else { format!("{objects} objects") }
}

const fn deletion(step: &Delete) -> &'static str {
    match step.what {
        Removed::Controllers => "Delete the controllers, and wait until their pods are gone",
        Removed::Definitions => {
            "Delete the CustomResourceDefinitions with all objects of their kinds, and wait until they are gone"
        }
        Removed::Belongings => "Delete what else belongs to Flux",
        Removed::Namespace => "Delete the namespace, and wait until it is gone",
        Removed::Everything => "Delete everything",
    }
}

fn with_objects(title: &str, objects: &[ObjectRef]) -> String {
    objects.iter().fold(format!("{title}\n"), |out, object| out + &format!("   {object}\n"))
}

/// The step for machines; none for steps of other commands.
pub(super) fn json(step: &Step) -> Option<Value> {
    Some(match step {
        Step::NoteSurvivors(step) => json!({
            "step": "note-survivors", "object": format!("Namespace/{}", step.namespace),
            "survivors": step.note.as_ref().map(|note| note.survivors.len()),
        }),
        Step::Suspend(step) => json!({"step": "suspend", "objects": names(&step.objects)}),
        Step::Delete(step) => json!({
            "step": "delete", "what": step.what, "objects": names(&step.objects), "goesWithIt": names(&step.goes_with_it),
        }),
        Step::Strip(step) => json!({
            "step": "remove-finalizers", "finalizer": crate::flux_api::finalizers::FINALIZER, "objects": names(&step.objects),
        }),
        Step::Prove(step) => {
            let survivors: Vec<String> =
                step.survivors.iter().map(|survivor| survivor.applied.object.to_string()).collect();
            json!({"step": "prove", "survivors": survivors})
        }
        _ => return None,
    })
}

fn names(objects: &[ObjectRef]) -> Vec<String> {
    objects.iter().map(ToString::to_string).collect()
}
