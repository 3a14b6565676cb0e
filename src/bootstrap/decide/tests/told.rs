//! A decision as text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::domain::error::Error;
use crate::plan::{CredentialOf, FileChange, Kept, Plan, SecretContent, Step, WaitedCommit, key_name};

/// The plan with all that its steps say, or the refusals with causes and advice.
pub(super) fn told(decided: &Result<Plan, Error>) -> String {
    match decided {
        Ok(plan) => plan_text(plan),
        Err(error) => {
            let mut out = String::new();
            for error in std::iter::once(error).chain(&error.related) {
                let _ = writeln!(out, "{}: {}", error.kind.as_str(), error.message);
                error.causes.iter().for_each(|cause| out.push_str(&format!("  cause: {cause}\n")));
                error.hints.iter().for_each(|hint| out.push_str(&format!("  hint: {hint}\n")));
            }
            out
        }
    }
}

fn plan_text(plan: &Plan) -> String {
    let mut out: String = plan.steps.iter().map(|step| format!("{}\n", step_text(step))).collect();
    let reasons: BTreeSet<&str> = plan.unchecked.iter().map(|item| item.reason.as_str()).collect();
    for reason in reasons {
        let count = plan.unchecked.iter().filter(|item| item.reason == reason).count();
        out.push_str(&format!("unchecked: {count} objects: {reason}\n"));
    }
    plan.identity.iter().for_each(|identity| out.push_str(&format!("identity: {}\n", identity.text())));
    for option in &plan.options {
        out.push_str(&format!("option: {} ({}) {:?}\n", option.option, option.change.as_str(), option.objects));
    }
    plan.removed_by_sync.iter().for_each(|object| out.push_str(&format!("removed by sync: {object}\n")));
    plan.unproven
        .iter()
        .for_each(|unproven| out.push_str(&format!("unknown: {}: {}\n", unproven.what, unproven.reason)));
    for question in &plan.questions {
        out.push_str(&format!("question: {}\n  else: {}\n", question.text, question.refused.message));
    }
    plan.warnings.iter().for_each(|warning| out.push_str(&format!("warning: {warning}\n")));
    out
}

fn step_text(step: &Step) -> String {
    match step {
        Step::RegisterDeployKey(step) => format!("register a {} key, confirmed: {}", key_name(step.kind), step.confirm),
        Step::CommitAndPush(step) => {
            let name = |file: &FileChange| match file.after {
                Some(_) => file.path.clone(),
                None => format!("-{}", file.path),
            };
            let files: Vec<String> = step.files.iter().map(name).collect();
            let parent = match step.parents().len() {
                0 => "nothing",
                1 => "the tip",
                _ => "two tips",
            };
            let new = step.starts_at.as_ref().map(|from| format!(", new from {from}")).unwrap_or_default();
            format!("commit on {parent} and push to {}{new}: {} ({})", step.branch, step.message, files.join(", "))
        }
        Step::CreateRepository(step) => format!("make repository {} in project {}", step.name, step.project),
        Step::SetDefaultBranch(step) => format!("make {} the default branch", step.branch),
        Step::Propose(step) => {
            let commit = step.commit.clone().map(|commit| step_text(&Step::CommitAndPush(commit)));
            let commit = commit.unwrap_or_else(|| "no commit".to_owned());
            format!("propose {} for {}, called {}: {commit}", step.source, step.target, step.title)
        }
        Step::ApplyObjects(step) => {
            let stages = step.stages.iter().map(|stage| {
                let as_set = if stage.checked_as_set { ", checked as a set" } else { "" };
                let first = stage.planned.first().map_or("nothing", |planned| planned.object.as_str());
                format!("{} from {first}{as_set}", stage.objects.len())
            });
            format!("apply {:?} ({:?}): {}", step.purpose, step.part, stages.collect::<Vec<_>>().join("; "))
        }
        Step::TakeOver(step) => {
            let objects: Vec<String> = step.marks.iter().map(|marks| marks.object.to_string()).collect();
            let owner = step.owner.as_deref().unwrap_or("nobody");
            format!("take over from {owner}: {}", objects.join(", "))
        }
        Step::ApplySecret(step) => {
            let content = match &step.content {
                SecretContent::Known(write) => write.keys.keys().cloned().collect::<Vec<_>>().join(", "),
                SecretContent::GeneratedKey { known_hosts } => format!("the generated key, {known_hosts}"),
            };
            let (keys, what) = (&step.keys, step.purpose.as_str());
            let own = match step.credential {
                CredentialOf::Run => String::new(),
                CredentialOf::Nobody => " of certificates alone".to_owned(),
                CredentialOf::Cluster { pushes } => format!(" of the cluster's own, pushes: {pushes:?}"),
            };
            format!(
                "write {what}{own} {}/{} ({}): {content}; added {:?} changed {:?} removed {:?} kept {:?}",
                step.namespace,
                step.name,
                step.change.as_str(),
                keys.added,
                keys.changed,
                keys.removed,
                keys.kept
            )
        }
        Step::RequestReconcile(object) => format!("request a reconciliation of {object}"),
        Step::Wait(step) => {
            let commit = match step.commit {
                WaitedCommit::Tip(_) => "the tip",
                WaitedCommit::Pushed => "the pushed commit",
            };
            let key = step.key_registration.as_ref().map_or("", |_| ", signs in by a key");
            let (earlier, deployments) = (step.earlier.len(), step.deployments.join(", "));
            format!("wait for {commit} in {} ({earlier} earlier{key}): {deployments}", step.directory)
        }
        Step::ProveIdentity(step) => format!("prove {} of {:?}", step.identity.subject(), step.issuer),
        Step::DropOldSecret(step) => format!(
            "drop {:?} of secret {}/{}, certificates stay: {}; revoked at {:?}",
            step.keys, step.namespace, step.name, step.keeps_certificates, step.page
        ),
        Step::Keep(kept) => kept_text(kept),
        #[allow(unreachable_patterns, reason = "a new kind of step needs nothing here")]
        other => format!("{other:?}"),
    }
}

fn kept_text(kept: &Kept) -> String {
    match kept {
        Kept::Manifests { branch } => format!("keep the manifests on {branch}"),
        Kept::Components => "keep the components".to_owned(),
        Kept::ComponentsLeftToController { reason } => format!("leave the components to the controller: {reason}"),
        Kept::SourceSecret { secret } => format!("keep source secret {secret}"),
        Kept::SyncObjects => "keep the sync objects".to_owned(),
    }
}
