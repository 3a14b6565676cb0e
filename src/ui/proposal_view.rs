//! A proposed change and its pull request, as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::plan::{Propose, Request};

/// The entry of the step, ending with what follows the pull request's completion.
pub(super) fn text(step: &Propose) -> String {
    let existing = step.request.as_ref().and_then(|request| request.existing);
    let mut out = match existing {
        Some(id) => format!("Follow pull request {id} from `{}` to `{}`\n", step.source, step.target),
        None => format!("Open a pull request from `{}` to `{}`: {}\n", step.source, step.target, step.title),
    };
    if step.commit.is_none() {
        let _ = writeln!(out, "   `{}` holds the change already", step.source);
    }
    for request in step.request.iter() {
        if existing.is_none() {
            for reviewer in &request.reviewers {
                let required = if reviewer.required { " (required)" } else { "" };
                let _ = writeln!(out, "   reviewer: {}{required}", reviewer.name);
            }
            let work_items = request.work_items.iter().map(|id| format!("   work item: {id}\n"));
            let labels = request.labels.iter().map(|label| format!("   label: {label}\n"));
            out.extend(work_items.chain(labels).chain(request.draft.then(|| "   as a draft\n".to_owned())));
        }
        if let Some(auto) = &request.auto_complete {
            let strategy = auto.strategy.as_ref().map(|strategy| format!(" ({strategy})")).unwrap_or_default();
            let _ = writeln!(out, "   it completes by itself{strategy}");
        }
        request.unknown.iter().for_each(|what| out.push_str(&format!("   ? {what}: Azure DevOps does not tell\n")));
    }
    out.push_str("\nAfter its completion:\n");
    out
}

/// What is asked of the service.
pub(super) fn json(request: &Request) -> Value {
    let reviewers = request.reviewers.iter().map(|it| json!({"id": it.id, "name": it.name, "required": it.required}));
    json!({
        "existing": request.existing, "draft": request.draft, "reviewers": reviewers.collect::<Vec<_>>(),
        "workItems": request.work_items, "labels": request.labels, "description": request.description,
        "autoComplete": request.auto_complete.as_ref().map(|auto| json!({
            "strategy": auto.strategy, "deletesSourceBranch": auto.deletes_source,
        })),
        "unknown": request.unknown,
    })
}
