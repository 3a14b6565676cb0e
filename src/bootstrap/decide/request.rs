//! The pull request that proposes the change: who is asked, how it completes, and what it says. Pure.

use super::case::Case;
use super::rules::pull_request::{allowed_strategies, reviewer};
use crate::azure_api::pull_requests::LONGEST_DESCRIPTION;
use crate::bootstrap::pull_request::PullRequestState;
use crate::domain::config::{PullRequestConfig, RequestConfig};
use crate::plan::{AutoCompletion, Plan, Request, Reviewer, Step};
use crate::ui::plan_view;

/// The request; none where a person opens the pull request.
pub(super) fn request(case: &Case<'_>, config: &PullRequestConfig, message: &str) -> Option<Request> {
    let state = case.answers.pull_request.known()?;
    let wanted = &config.request;
    let unknown = [
        (state.may_contribute.is_none(), "whether this identity may open pull requests"),
        (state.may_create_branch.is_none(), "whether this identity may make branches"),
        (state.policies.is_none(), "which policies the branch has"),
    ];
    let asked = state.active().is_none();
    Some(Request {
        existing: state.active().map(|found| found.id),
        // Filled in when the plan is whole.
        description: String::new(),
        message: message.to_owned(),
        draft: wanted.draft,
        reviewers: reviewers(wanted, state),
        work_items: wanted.work_items.clone(),
        labels: wanted.labels.clone(),
        auto_complete: auto_complete(wanted, state),
        unknown: unknown
            .into_iter()
            .filter(|(unknown, _)| *unknown && asked)
            .map(|(_, what)| what.to_owned())
            .collect(),
    })
}

fn reviewers(wanted: &RequestConfig, state: &PullRequestState) -> Vec<Reviewer> {
    let of_id = |it: &crate::domain::config::ReviewerName| Reviewer {
        id: it.name.clone(),
        name: it.name.clone(),
        required: it.required,
    };
    let ids = wanted.reviewers.iter().filter(|it| it.is_id()).map(of_id);
    let found = state.reviewers.iter().filter_map(|(name, found)| {
        let one = reviewer(name, found).ok()?;
        Some(Reviewer { id: one.id.clone(), name: one.name.clone(), required: name.required })
    });
    let mut all: Vec<Reviewer> = Vec::new();
    for reviewer in ids.chain(found) {
        match all.iter_mut().find(|other| other.id.eq_ignore_ascii_case(&reviewer.id)) {
            Some(other) => other.required |= reviewer.required,
            None => all.push(reviewer),
        }
    }
    all
}

fn auto_complete(wanted: &RequestConfig, state: &PullRequestState) -> Option<AutoCompletion> {
    let policies = state.policies.as_deref().unwrap_or_default();
    // The only one that is left needs not be chosen by a person.
    let left = allowed_strategies(policies).filter(|allowed| allowed.len() == 1);
    let left = left.and_then(|allowed| allowed.first().map(|name| (*name).to_owned()));
    let ignores = policies.iter().filter(|policy| !policy.is_blocking).map(|policy| policy.id).collect();
    wanted.auto_complete.then(|| AutoCompletion {
        by: state.me.clone().unwrap_or_default(),
        deletes_source: !wanted.keep_source_branch,
        strategy: wanted.strategy.clone().or(left),
        ignores,
    })
}

/// Writes the description, which is a view of the plan.
pub(super) fn describe(case: &Case<'_>, plan: &mut Plan) {
    let follows = plan_view::after_completion(plan);
    let directory = case.directory();
    for step in &mut plan.steps {
        if let Step::Propose(propose) = step
            && let Some(request) = &mut propose.request
        {
            let begin = format!(
                "`flux bootstrap git` proposes the files of `{directory}`, which Flux syncs into a cluster. Nothing is applied \
                 before this pull request is completed.\n\nThen the same command goes on:\n\n    {}\n\nWhat it will do:\n\n```text\n",
                propose.run_again
            );
            request.description = bounded(&begin, &follows);
        }
    }
}

/// The text within what the service takes, which counts as UTF-16 does; what is too much of the list goes.
fn bounded(begin: &str, list: &str) -> String {
    const END: &str = "```\n";
    const CUT: &str = "...\n";
    let length = |text: &str| text.encode_utf16().count();
    if length(begin) + length(list) + length(END) <= LONGEST_DESCRIPTION {
        return format!("{begin}{list}{END}");
    }
    let mut left = LONGEST_DESCRIPTION.saturating_sub(length(begin) + length(CUT) + length(END));
    let mut text = begin.to_owned();
    for line in list.split_inclusive('\n') {
        let Some(rest) = left.checked_sub(length(line)) else { break };
        left = rest;
        text.push_str(line);
    }
    text + CUT + END
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_cut_at_a_line_and_closed() {
        assert_eq!(bounded("a\n", "b\n"), "a\nb\n```\n");
        let list = "ü🦀 and so on\n".repeat(1000);
        let text = bounded("begin\n", &list);
        assert!(text.encode_utf16().count() <= LONGEST_DESCRIPTION && text.len() > 3000);
        assert!(text.starts_with("begin\nü") && text.ends_with("on\n...\n```\n"));
    }
}
