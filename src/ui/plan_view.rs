//! A plan as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};
use similar::TextDiff;

use super::json::SCHEMA_VERSION;
use super::style::escape_control;
use crate::bootstrap::plan::{BootstrapPlan, FileChange, PlannedObject, Purpose, SecretPurpose, Step};

/// The lines of unchanged text around a change in a diff.
const DIFF_CONTEXT: usize = 3;

/// The plan for people.
pub fn text(plan: &BootstrapPlan) -> String {
    let mut out = String::new();
    if plan.changes_nothing() {
        out.push_str("Nothing would be changed.\n");
    } else {
        out.push_str("Nothing has been changed. A run without --dry-run would do this:\n");
    }
    for (index, step) in plan.steps.iter().enumerate() {
        let _ = write!(out, "\n{}. ", index + 1);
        step_text(step, &mut out);
    }
    list(&mut out, "Will be removed from the cluster by the sync", plan.removed_by_sync.iter().cloned());
    list(&mut out, "Objects not checked beforehand", unchecked(plan).into_iter());
    list(&mut out, "Questions that would be asked", plan.questions.iter().cloned());
    escape_control(&out)
}

/// One line for each reason: where the namespace is missing, nearly every object has the same.
fn unchecked(plan: &BootstrapPlan) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for item in &plan.unchecked {
        match reasons.iter_mut().find(|(reason, _)| *reason == item.reason) {
            Some((_, objects)) => objects.push(&item.object),
            None => reasons.push((&item.reason, vec![&item.object])),
        }
    }
    reasons
        .into_iter()
        .map(|(reason, objects)| match objects[..] {
            [object] => format!("{object}: {reason}"),
            _ => format!("{} objects: {reason}", objects.len()),
        })
        .collect()
}

fn list(out: &mut String, title: &str, items: impl Iterator<Item = String>) {
    for (index, item) in items.enumerate() {
        if index == 0 {
            let _ = writeln!(out, "\n{title}:");
        }
        let _ = writeln!(out, "   {item}");
    }
}

fn step_text(step: &Step, out: &mut String) {
    let _ = match step {
        Step::ConfirmDeployKey { key, page } => {
            let page = page.as_ref().map(|page| format!("; add it at {page}")).unwrap_or_default();
            writeln!(out, "Make a deploy key ({key}) and have its public half added to the Git server{page}")
        }
        Step::CommitFiles { branch, message, files, .. } => {
            let _ = writeln!(out, "Commit to `{branch}`: {}", message.lines().next().unwrap_or_default());
            files.iter().for_each(|file| out.push_str(&diff(file)));
            Ok(())
        }
        Step::Push { branch, url } => writeln!(out, "Push `{branch}` to {url}"),
        Step::ApplyObjects { purpose, stages } => {
            let what = match purpose {
                Purpose::Components => "the components",
                Purpose::Sync => "the sync objects",
            };
            let _ = writeln!(out, "Apply {what}");
            for (index, objects) in stages.iter().enumerate() {
                if stages.len() > 1 {
                    let _ = writeln!(out, "   stage {}", index + 1);
                }
                objects.iter().for_each(|object| object_text(object, out));
            }
            Ok(())
        }
        Step::TakeOver { owner, objects } => {
            let _ = writeln!(out, "Take over from {owner}: its labels and annotations are taken off");
            objects.iter().for_each(|object| {
                let _ = writeln!(out, "   {object}");
            });
            Ok(())
        }
        Step::ApplySecret { purpose, secret, change, keys } => {
            let what = match purpose {
                SecretPurpose::Source => "source secret",
                SecretPurpose::ImagePull => "image pull secret",
            };
            let _ = writeln!(out, "Write {what} {secret} ({})", change.as_str());
            for (title, names) in
                [("added", &keys.added), ("changed", &keys.changed), ("removed", &keys.removed), ("kept", &keys.kept)]
            {
                if !names.is_empty() {
                    let _ = writeln!(out, "   {title}: {}", names.join(", "));
                }
            }
            Ok(())
        }
        Step::WaitReady { targets } => {
            let _ = writeln!(out, "Wait until these are ready");
            targets.iter().for_each(|target| {
                let _ = writeln!(out, "   {target}");
            });
            Ok(())
        }
    };
}

fn object_text(object: &PlannedObject, out: &mut String) {
    let change = object.change.map_or("not checked yet", |change| change.as_str());
    let _ = writeln!(out, "   {} {change}", object.object);
    for field in &object.fields {
        let _ = writeln!(out, "      {field}");
    }
}

/// A unified diff of one file; a new one is only counted, since its content is generated.
fn diff(file: &FileChange) -> String {
    let after = String::from_utf8_lossy(&file.after);
    let Some(before) = &file.before else {
        return format!("   new file {} ({} lines)\n", file.path, after.lines().count());
    };
    let before = String::from_utf8_lossy(before);
    TextDiff::from_lines(before.as_ref(), after.as_ref())
        .unified_diff()
        .context_radius(DIFF_CONTEXT)
        .header(&format!("a/{}", file.path), &format!("b/{}", file.path))
        .to_string()
}

/// The plan for machines: one JSON object.
pub fn json(plan: &BootstrapPlan) -> Value {
    json!({
        "schemaVersion": SCHEMA_VERSION,
        "event": "plan",
        "changesNothing": plan.changes_nothing(),
        "steps": plan.steps.iter().map(step_json).collect::<Vec<_>>(),
        "removedBySync": plan.removed_by_sync,
        "unchecked": plan.unchecked,
        "questions": plan.questions,
        "warnings": plan.warnings,
    })
}

fn step_json(step: &Step) -> Value {
    match step {
        Step::ConfirmDeployKey { key, page } => json!({"step": "confirm-deploy-key", "key": key, "page": page}),
        Step::CommitFiles { branch, message, manifests, files } => json!({
            "step": "commit-files", "branch": branch, "message": message, "manifests": manifests,
            "files": files.iter().map(|file| json!({
                "path": file.path,
                "change": if file.before.is_some() { "changed" } else { "new" },
                "diff": diff(file),
            })).collect::<Vec<_>>(),
        }),
        Step::Push { branch, url } => json!({"step": "push", "branch": branch, "url": url}),
        Step::ApplyObjects { purpose, stages } => json!({
            "step": "apply-objects", "purpose": purpose,
            "stages": stages.iter().map(|objects| objects.iter().map(|object| json!({
                "object": object.object, "change": object.change, "fields": object.fields,
            })).collect::<Vec<_>>()).collect::<Vec<_>>(),
        }),
        Step::TakeOver { owner, objects } => json!({"step": "take-over", "owner": owner, "objects": objects}),
        Step::ApplySecret { purpose, secret, change, keys } => {
            json!({"step": "apply-secret", "purpose": purpose, "secret": secret, "change": change, "keys": keys})
        }
        Step::WaitReady { targets } => json!({"step": "wait-ready", "targets": targets}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::plan::{SecretKeys, Unchecked};
    use crate::domain::event::{Manifests, ObjectChange};

    fn plan() -> BootstrapPlan {
        BootstrapPlan {
            steps: vec![
                Step::CommitFiles {
                    branch: "main".into(),
                    message: "Add Flux sync manifests".into(),
                    manifests: Manifests::Sync,
                    files: vec![
                        FileChange { path: "a/new.yaml".into(), before: None, after: b"x\ny\n".to_vec() },
                        FileChange {
                            path: "a/old.yaml".into(),
                            before: Some(b"x: 1\n".to_vec()),
                            after: b"x: 2\n".to_vec(),
                        },
                    ],
                },
                Step::ApplySecret {
                    purpose: SecretPurpose::Source,
                    secret: "flux-system/flux-system".into(),
                    change: ObjectChange::Configured,
                    keys: SecretKeys { changed: vec!["password".into()], ..SecretKeys::default() },
                },
            ],
            unchecked: vec![Unchecked {
                object: "Deployment/a/b".into(),
                reason: "namespace `a` does not exist yet".into(),
            }],
            ..BootstrapPlan::default()
        }
    }

    #[test]
    fn people_read_diffs_and_key_names() {
        assert_eq!(
            text(&plan()),
            "Nothing has been changed. A run without --dry-run would do this:\n\n\
             1. Commit to `main`: Add Flux sync manifests\n   new file a/new.yaml (2 lines)\n--- a/a/old.yaml\n+++ b/a/old.yaml\n@@ -1 +1 @@\n-x: 1\n+x: 2\n\n\
             2. Write source secret flux-system/flux-system (configured)\n   changed: password\n\n\
             Objects not checked beforehand:\n   Deployment/a/b: namespace `a` does not exist yet\n"
        );
        assert!(text(&BootstrapPlan::default()).starts_with("Nothing would be changed."));
    }

    #[test]
    fn machines_get_the_same() {
        let value = json(&plan());
        assert_eq!(value["steps"][0]["files"][1]["change"], "changed");
        assert_eq!(value["steps"][1]["keys"]["changed"][0], "password");
        assert_eq!(value["changesNothing"], false);
    }
}
