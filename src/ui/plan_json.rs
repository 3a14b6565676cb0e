//! A plan as JSON.

use serde_json::{Value, json};

use super::json::SCHEMA_VERSION;
use super::plan_view::{diff, targets};
use super::{identity_view, proposal_view, removal_view, rotation_view};
use crate::plan::{CommitAndPush, CredentialOf, Plan, Step, key_name};

/// The plan for machines: one JSON object.
pub(crate) fn json(plan: &Plan) -> Value {
    let mut shown = json!({
        "schemaVersion": SCHEMA_VERSION,
        "event": "plan",
        "changesNothing": plan.changes_nothing(),
        "steps": plan.steps.iter().flat_map(step_json).collect::<Vec<_>>(),
        "options": plan.options,
        "removedBySync": plan.removed_by_sync,
        "unchecked": plan.unchecked,
        "unproven": plan.unproven.iter().map(|unproven| json!({
            "what": unproven.what, "state": "unknown", "reason": unproven.reason,
        })).collect::<Vec<_>>(),
        "questions": plan.questions.iter().map(|question| &question.text).collect::<Vec<_>>(),
        "warnings": plan.warnings,
    });
    if let Some(identity) = &plan.identity {
        shown["clusterIdentity"] = json!(identity);
    }
    if let Some(who) = &plan.sign_in {
        shown["signIn"] = json!({
            "mode": who.mode.as_str(), "identity": who.identity, "tenant": who.tenant, "expires": who.expiry(),
        });
    }
    shown
}

fn step_json(step: &Step) -> Vec<Value> {
    vec![match step {
        Step::RegisterDeployKey(step) => {
            json!({"step": "confirm-deploy-key", "key": key_name(step.kind), "page": step.page})
        }
        Step::CreateRepository(step) => {
            json!({"step": "create-repository", "project": step.project, "name": step.name})
        }
        Step::SetDefaultBranch(step) => json!({"step": "set-default-branch", "branch": step.branch}),
        Step::CommitAndPush(step) => return commit_json(step),
        Step::Propose(step) => {
            let open = json!({
                "step": "open-pull-request", "source": step.source, "target": step.target, "title": step.title,
                "request": step.request.as_ref().map(proposal_view::json),
            });
            return step.commit.iter().flat_map(commit_json).chain([open]).collect();
        }
        Step::ApplyObjects(step) => json!({
            "step": "apply-objects", "purpose": step.purpose,
            "stages": step.stages.iter().map(|stage| stage.planned.iter().map(|object| json!({
                "object": object.object, "change": object.change, "fields": object.fields,
            })).collect::<Vec<_>>()).collect::<Vec<_>>(),
        }),
        Step::TakeOver(step) => {
            let objects: Vec<String> = step.marks.iter().map(|marks| marks.object.to_string()).collect();
            json!({"step": "take-over", "owner": step.owner, "objects": objects})
        }
        Step::ApplySecret(step) => json!({
            "step": "apply-secret", "purpose": step.purpose, "secret": format!("{}/{}", step.namespace, step.name),
            "change": step.change, "keys": step.keys, "credential": credential_json(step.credential),
        }),
        Step::Wait(step) => json!({"step": "wait-ready", "targets": targets(step)}),
        Step::SetSuspended(step) => {
            let objects: Vec<String> = step.objects.iter().map(ToString::to_string).collect();
            json!({"step": if step.suspended { "suspend" } else { "resume" }, "objects": objects})
        }
        Step::AwaitReconciled(step) => json!({"step": "wait-reconciled", "object": step.object.to_string()}),
        Step::NoteSurvivors(_) | Step::Suspend(_) | Step::Delete(_) | Step::Strip(_) | Step::Prove(_) => {
            return removal_view::json(step).into_iter().collect();
        }
        Step::OfferKey(_) | Step::DropPendingKey(_) | Step::ProveCredential(_) | Step::TryOldCredential(_) => {
            return rotation_view::json(step).into_iter().collect();
        }
        Step::ProveIdentity(_) | Step::DropOldSecret(_) => return identity_view::json(step).into_iter().collect(),
        Step::RequestReconcile(_) | Step::Keep(_) => return Vec::new(),
    }]
}

fn credential_json(credential: CredentialOf) -> Value {
    match credential {
        CredentialOf::Nobody => Value::Null,
        CredentialOf::Run => json!({"whose": "run"}),
        CredentialOf::Cluster { pushes } => json!({"whose": "cluster", "pushes": pushes}),
    }
}

fn commit_json(step: &CommitAndPush) -> Vec<Value> {
    vec![
        json!({
            "step": "commit-files", "branch": step.branch, "startsAt": step.starts_at, "message": step.message,
            "manifests": step.manifests,
            "files": step.files.iter().map(|file| json!({
                "path": file.path,
                "change": match (&file.before, &file.after) {
                    (_, None) => "removed",
                    (None, _) => "new",
                    _ => "changed",
                },
                "diff": diff(file),
            })).collect::<Vec<_>>(),
        }),
        json!({"step": "push", "branch": step.branch, "url": step.url}),
    ]
}
