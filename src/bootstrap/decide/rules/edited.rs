//! Which entry of a kustomization file made something of Flux's own objects.

use crate::bootstrap::decide::case::Case;
use crate::kustomize::Edit;

/// `, by ..`, naming the last entry that changed this field of an object, a JSON pointer; empty where none is known to.
pub(crate) fn by(case: &Case<'_>, kind: &str, field: &str) -> String {
    let changed =
        |edit: &&Edit| edit.kind == kind && edit.name == case.namespace.as_str() && edit.changed.contains(&field);
    case.draft.build.edits.iter().rev().find(changed).map(named).unwrap_or_default()
}

/// The same of what removed an object.
pub(crate) fn removed_by(case: &Case<'_>, kind: &str, name: &str) -> String {
    let removed = |edit: &&Edit| edit.kind == kind && edit.name == name && edit.is_removal();
    case.draft.build.edits.iter().rev().find(removed).map(named).unwrap_or_default()
}

fn named(edit: &Edit) -> String {
    format!(", by {}", edit.entry)
}
