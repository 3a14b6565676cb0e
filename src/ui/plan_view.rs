//! A plan as text.

use std::fmt::Write as _;

use similar::TextDiff;

use super::shown_yaml::shown;
use super::{identity_view, proposal_view, removal_view, rotation_view};
use crate::domain::foreign_marks::ForeignMarks;
use crate::domain::server_text::ServerText;
use crate::plan::{
    ApplyObjects, ApplySecret, CredentialOf, FileChange, Plan, PlannedObject, PlannedOption, Purpose, SetSuspended,
    Step, Wait, key_name,
};

/// The lines of unchanged text around a change in a diff.
const DIFF_CONTEXT: usize = 3;

/// The plan for people.
pub(crate) fn text(plan: &Plan) -> String {
    let mut out = String::new();
    if plan.changes_nothing() {
        out.push_str("Nothing would be changed.\n");
    } else {
        out.push_str("Nothing has been changed. A run without --dry-run would do this:\n");
    }
    if let Some(who) = &plan.sign_in {
        let _ = writeln!(out, "\nsign in: {who}");
    }
    if let Some(identity) = &plan.identity {
        let _ = writeln!(out, "\nGitRepository: {}", identity.text());
    }
    for (index, entry) in plan.steps.iter().flat_map(step_text).enumerate() {
        let _ = write!(out, "\n{}. {entry}", index + 1);
    }
    list(&mut out, "Cluster options", plan.options.iter().map(option));
    list(&mut out, "Will be removed from the cluster by the sync", plan.removed_by_sync.iter().cloned());
    list(&mut out, "Objects not checked beforehand", unchecked(plan).into_iter());
    let unproven = plan.unproven.iter().map(|unproven| format!("? {}: {}", unproven.what, unproven.reason));
    list(&mut out, "Not known beforehand", unproven);
    list(&mut out, "Questions that would be asked", plan.questions.iter().map(|question| question.text.clone()));
    ServerText::lines(&out).into()
}

/// `multi-tenant: 6 Deployments, 1 Kustomization (added)`.
fn option(planned: &PlannedOption) -> String {
    let count = |(kind, count): (&String, &usize)| format!("{count} {kind}{}", if *count == 1 { "" } else { "s" });
    let objects: Vec<String> = planned.objects.iter().map(count).collect();
    let colon = if objects.is_empty() { "" } else { ": " };
    format!("{}{colon}{} ({})", planned.option, objects.join(", "), planned.change.as_str())
}

/// What a plan does after a pull request is completed, as a list.
pub(crate) fn after_completion(plan: &Plan) -> String {
    let proposes = plan.steps.iter().position(|step| matches!(step, Step::Propose(_)));
    let steps = proposes.map_or(&[][..], |at| &plan.steps[at + 1..]);
    let mut out = String::new();
    for (index, entry) in steps.iter().flat_map(step_text).enumerate() {
        let _ = write!(out, "{}. {entry}", index + 1);
    }
    list(&mut out, "Will be removed from the cluster by the sync", plan.removed_by_sync.iter().cloned());
    ServerText::lines(&out).into()
}

/// One line for each reason: where the namespace is missing, nearly every object has the same.
fn unchecked(plan: &Plan) -> Vec<String> {
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

/// The entries of a step, each ending with a line break; none for what needs nothing.
fn step_text(step: &Step) -> Vec<String> {
    let entry = match step {
        Step::RegisterDeployKey(step) => {
            let page = step.page.as_ref().map(|page| format!("; add it at {page}")).unwrap_or_default();
            let key = key_name(step.kind);
            format!("Make a deploy key ({key}) and have its public half added to the Git server{page}\n")
        }
        Step::CreateRepository(step) => format!("Make repository `{}` in project `{}`\n", step.name, step.project),
        Step::SetDefaultBranch(step) => format!("Make `{}` the default branch, if it is not\n", step.branch),
        Step::CommitAndPush(step) => {
            let subject = step.message.lines().next().unwrap_or_default();
            let diffs: String = step.files.iter().map(diff).collect();
            let new = step.starts_at.as_ref().map(|from| format!(", a new branch from `{from}`")).unwrap_or_default();
            return vec![
                format!("Commit to `{}`{new}: {subject}\n{diffs}", step.branch),
                format!("Push `{}` to {}\n", step.branch, step.url),
            ];
        }
        Step::Propose(step) => {
            let commit = step.commit.iter().flat_map(|commit| step_text(&Step::CommitAndPush(commit.clone())));
            return commit.chain([proposal_view::text(step)]).collect();
        }
        Step::ApplyObjects(step) => objects_text(step),
        Step::TakeOver(step) => {
            let head = match &step.owner {
                Some(owner) => format!("Take over from {owner}: its labels and annotations are taken off\n"),
                None => "Take off the marks that stop Flux from managing itself\n".to_owned(),
            };
            let line = |marks: &ForeignMarks| match marks.halted() {
                Some(halted) if step.owner.is_none() => format!("   {}\n", halted.replace('`', "")),
                _ => format!("   {}\n", marks.object),
            };
            head + &step.marks.iter().map(line).collect::<String>()
        }
        Step::ApplySecret(step) => secret_text(step),
        Step::Wait(step) => {
            let targets = targets(step).into_iter().map(|target| format!("   {target}\n"));
            format!("Wait until these are ready\n{}", targets.collect::<String>())
        }
        Step::SetSuspended(step) => set_suspended_text(step),
        Step::AwaitReconciled(step) => format!("Have it reconciled, and wait until it is ready: {}\n", step.object),
        Step::NoteSurvivors(_) | Step::Suspend(_) | Step::Delete(_) | Step::Strip(_) | Step::Prove(_) => {
            return removal_view::text(step).into_iter().collect();
        }
        Step::OfferKey(_) | Step::DropPendingKey(_) | Step::ProveCredential(_) | Step::TryOldCredential(_) => {
            return rotation_view::text(step).into_iter().collect();
        }
        Step::ProveIdentity(_) | Step::DropOldSecret(_) => return identity_view::text(step).into_iter().collect(),
        // A part of the waiting, and parts that need nothing.
        Step::RequestReconcile(_) | Step::Keep(_) => return Vec::new(),
    };
    vec![entry]
}

fn set_suspended_text(step: &SetSuspended) -> String {
    let verb = if step.suspended { "Suspend" } else { "Resume" };
    format!("{verb}\n") + &step.objects.iter().map(|object| format!("   {object}\n")).collect::<String>()
}

fn objects_text(step: &ApplyObjects) -> String {
    let what = match step.purpose {
        Purpose::Components => "the components",
        Purpose::Sync => "the sync objects",
        Purpose::Namespace => "the namespace",
    };
    let mut out = format!("Apply {what}\n");
    for (index, stage) in step.stages.iter().enumerate() {
        if step.stages.len() > 1 {
            let _ = writeln!(out, "   stage {}", index + 1);
        }
        stage.planned.iter().for_each(|object| object_text(object, &mut out));
    }
    out
}

fn secret_text(step: &ApplySecret) -> String {
    let (what, keys) = (step.purpose.as_str(), &step.keys);
    let mut out = format!("Write {what} {}/{} ({})\n", step.namespace, step.name, step.change.as_str());
    if step.credential == CredentialOf::Nobody {
        out.push_str("   certificates alone: the cluster signs in by its identity\n");
    }
    if let CredentialOf::Cluster { pushes } = step.credential {
        let rights = match pushes {
            Some(true) => "can read and push",
            Some(false) => "can read, cannot push",
            None => "can read",
        };
        let _ = writeln!(out, "   of the cluster's own credential: {rights}");
    }
    for (title, names) in
        [("added", &keys.added), ("changed", &keys.changed), ("removed", &keys.removed), ("kept", &keys.kept)]
    {
        if !names.is_empty() {
            let _ = writeln!(out, "   {title}: {}", names.join(", "));
        }
    }
    out
}

/// What is waited for, as `Kind namespace/name`.
pub(super) fn targets(step: &Wait) -> Vec<String> {
    let flux = ["GitRepository", "Kustomization"].map(|kind| format!("{kind} {0}/{0}", step.namespace));
    let deployments = step.deployments.iter().map(|name| format!("Deployment {}/{name}", step.namespace));
    flux.into_iter().chain(deployments).collect()
}

fn object_text(object: &PlannedObject, out: &mut String) {
    // Why the server was not asked stands once, at the end.
    let change = match object.change {
        None if object.absent => "created",
        None => "created or configured",
        Some(change) => change.as_str(),
    };
    let _ = writeln!(out, "   {} {change}", object.object);
    for field in &object.fields {
        let _ = writeln!(out, "      {field}");
    }
}

/// A unified diff of one file, as YAML is shown; a new one is only counted, since its content is generated.
pub(super) fn diff(file: &FileChange) -> String {
    let text = |content: &Option<Vec<u8>>| String::from_utf8_lossy(content.as_deref().unwrap_or_default()).into_owned();
    let (before, after) = (text(&file.before), text(&file.after));
    let after = shown(&after);
    if file.before.is_none() && file.after.is_none() {
        return format!("   file {} is removed\n", file.path);
    }
    if file.after.is_none() {
        return format!("   file removed {} ({} lines)\n", file.path, before.lines().count());
    }
    if file.before.is_none() {
        return format!("   new file {} ({} lines)\n", file.path, after.lines().count());
    }
    TextDiff::from_lines(shown(&before).as_ref(), after.as_ref())
        .unified_diff()
        .context_radius(DIFF_CONTEXT)
        .header(&format!("a/{}", file.path), &format!("b/{}", file.path))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::super::plan_json;
    use super::*;
    use crate::domain::event::{Manifests, ObjectChange};
    use crate::plan::{Author, CommitAndPush, SecretContent, SecretKeys, SecretPurpose, Unchecked};

    fn plan() -> Plan {
        let files = vec![
            FileChange { path: "a/new.yaml".into(), before: None, after: Some(b"x\ny\n".to_vec()) },
            FileChange { path: "a/old.yaml".into(), before: Some(b"x: 1\n".to_vec()), after: Some(b"x: 2\n".to_vec()) },
            FileChange::gone("a/gone.yaml".into()),
        ];
        Plan {
            steps: vec![
                Step::CommitAndPush(CommitAndPush {
                    branch: "main".into(),
                    url: "https://git.example.com/a".into(),
                    message: "Add Flux sync manifests".into(),
                    author: Author { name: "Flux".into(), email: String::new() },
                    manifests: Manifests::Sync,
                    files,
                    options: None,
                    base: None,
                    tip: None,
                    starts_at: None,
                }),
                Step::ApplySecret(ApplySecret {
                    purpose: SecretPurpose::Source,
                    namespace: "flux-system".into(),
                    name: "flux-system".into(),
                    change: ObjectChange::Configured,
                    credential: CredentialOf::Run,
                    keys: SecretKeys { changed: vec!["password".into()], ..SecretKeys::default() },
                    content: SecretContent::GeneratedKey { known_hosts: String::new() },
                }),
            ],
            unchecked: vec![Unchecked {
                object: "Deployment/a/b".into(),
                reason: "namespace `a` does not exist yet".into(),
            }],
            ..Plan::default()
        }
    }

    #[test]
    fn people_read_diffs_and_key_names() {
        assert_eq!(
            text(&plan()),
            "Nothing has been changed. A run without --dry-run would do this:\n\n\
             1. Commit to `main`: Add Flux sync manifests\n   new file a/new.yaml (2 lines)\n--- a/a/old.yaml\n+++ b/a/old.yaml\n@@ -1 +1 @@\n-x: 1\n+x: 2\n   file a/gone.yaml is removed\n\n\
             2. Push `main` to https://git.example.com/a\n\n\
             3. Write source secret flux-system/flux-system (configured)\n   changed: password\n\n\
             Objects not checked beforehand:\n   Deployment/a/b: namespace `a` does not exist yet\n"
        );
        assert!(text(&Plan::default()).starts_with("Nothing would be changed."));
    }

    #[test]
    fn machines_get_the_same() {
        let value = plan_json::json(&plan());
        assert_eq!(value["steps"][0]["files"][1]["change"], "changed");
        assert_eq!(value["steps"][2]["keys"]["changed"][0], "password");
        assert_eq!(value["changesNothing"], false);
    }
}
