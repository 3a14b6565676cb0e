//! What speaks against opening a pull request at Azure DevOps, found out before anything is pushed.

use crate::azure_api::Address;
use crate::azure_api::identities::Somebody;
use crate::azure_api::policies::{MERGE_STRATEGY, Policy, WORK_ITEMS};
use crate::azure_api::pull_requests::{Status, page};
use crate::bootstrap::decide::case::Case;
use crate::bootstrap::pull_request::PullRequestState;
use crate::domain::config::{PullRequestConfig, RequestConfig, ReviewerName};
use crate::domain::error::{Error, Kind};
use crate::hints::pull_request::lacking;

/// What is known, where a pull request is asked for and the service was asked.
fn known<'a>(case: &Case<'a>) -> Option<(&'a PullRequestConfig, &'a PullRequestState, Address)> {
    let (config, state) = (case.config.pull_request.as_ref()?, case.answers.pull_request.known()?);
    Some((config, state, Address::of(&case.config.source.clone_url)?))
}

/// Everything that is refused.
pub(crate) fn refusals(case: &Case<'_>) -> Vec<Error> {
    let Some((_, state, address)) = known(case) else { return Vec::new() };
    let mut refused: Vec<Error> = abandoned(case, state, &address).into_iter().collect();
    refused.extend(state.reviewers.iter().filter_map(|(name, found)| reviewer(name, found).err()));
    refused.extend(missing_rights(case, state, &address));
    refused
}

/// Somebody closed the pull request of exactly this change: another one would be an argument, not a proposal.
fn abandoned(case: &Case<'_>, state: &PullRequestState, address: &Address) -> Option<Error> {
    let found = case.answers.source_branch.known()?.as_ref().filter(|found| found.files)?;
    let latest = state.latest.as_ref().filter(|latest| latest.status == Status::Abandoned)?;
    let is_this = latest.source_commit.as_deref() == Some(found.tip.to_string().as_str());
    let by = latest.closed_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let source = &case.draft.inquiry.source_branch.as_ref()?.name;
    is_this.then(|| {
        Error::refused(format!("pull request {} with this change was abandoned{by}", latest.id))
            .caused_by(page(address, latest.id))
            .hint(format!(
                "If it is wanted after all, reactivate it on its page, or delete the branch `{source}` and run the command again."
            ))
    })
}

/// The one who is meant by a reviewer's name.
pub(crate) fn reviewer<'a>(name: &ReviewerName, found: &'a [Somebody]) -> Result<&'a Somebody, Error> {
    let is_called = |it: &&Somebody| it.called.iter().any(|called| called.eq_ignore_ascii_case(&name.name));
    let exact: Vec<&Somebody> = found.iter().filter(is_called).collect();
    match (exact.as_slice(), found) {
        ([one], _) => Ok(*one),
        ([], [one]) => Ok(one),
        ([], []) => Err(Error::usage(format!("`{}={}` names nobody in this organisation", name.flag(), name.name))
            .hint("Give an e-mail address, a group as `[project]\\Group`, or a GUID.")),
        (several, all) => {
            let several = if several.is_empty() { all.iter().collect() } else { several.to_vec() };
            let names: Vec<String> = several.iter().take(5).map(|it| format!("{} ({})", it.name, it.id)).collect();
            Err(Error::usage(format!("`{}={}` may mean several", name.flag(), name.name))
                .caused_by(names.join(", "))
                .hint("Give the GUID of the one that is meant."))
        }
    }
}

fn missing_rights(case: &Case<'_>, state: &PullRequestState, address: &Address) -> Vec<Error> {
    let is_new = matches!(case.answers.source_branch.known(), Some(None));
    let refused = |what: &str, permission: &str| {
        Error::new(Kind::GitAccess, format!("this identity may not {what} in `{}`", address.page()))
            .caused_by(format!("it lacks the permission \"{permission}\""))
            .hint(lacking(permission, address))
    };
    let contribute =
        (state.may_contribute == Some(false)).then(|| refused("open pull requests", "Contribute to pull requests"));
    let create = (is_new && state.may_create_branch == Some(false)).then(|| {
        refused("make the branch that proposes the change", "Create branch")
            .hint("Or name a branch with --pr-branch that it may make, or that is there already.")
    });
    contribute.into_iter().chain(create).collect()
}

/// What is to be said, and does not stop anything.
pub(crate) fn warnings(case: &Case<'_>) -> Vec<String> {
    let Some((config, state, _)) = known(case) else { return Vec::new() };
    let policies = state.policies.as_deref().unwrap_or_default();
    let opens = state.active().is_none();
    work_items(&config.request, policies)
        .filter(|_| opens)
        .into_iter()
        .chain(strategy(&config.request, policies))
        .collect()
}

fn work_items(request: &RequestConfig, policies: &[Policy]) -> Option<String> {
    let demands = policies.iter().any(|policy| policy.is_blocking && policy.kind == WORK_ITEMS);
    (demands && request.work_items.is_empty()).then(|| {
        "the branch's policies ask for a linked work item: name one with --pr-work-item, or link one on the page"
            .to_owned()
    })
}

fn strategy(request: &RequestConfig, policies: &[Policy]) -> Option<String> {
    let (asked, allowed) = (request.strategy.as_deref()?, allowed_strategies(policies)?);
    (!allowed.contains(&asked)).then(|| {
        format!("the branch's policies do not allow `--pr-merge-strategy={asked}`, but {}", allowed.join(", "))
    })
}

/// The strategies that the policy about them allows; none where there is no such policy.
pub(crate) fn allowed_strategies(policies: &[Policy]) -> Option<Vec<&'static str>> {
    let policy = policies.iter().find(|policy| policy.kind == MERGE_STRATEGY)?;
    let allowed = [
        ("allowNoFastForward", "noFastForward"),
        ("allowSquash", "squash"),
        ("allowRebase", "rebase"),
        ("allowRebaseMerge", "rebaseMerge"),
    ];
    let on = |setting: &str| policy.settings.get(setting).is_some_and(|value| value == true);
    Some(allowed.into_iter().filter(|(setting, _)| on(setting)).map(|(_, name)| name).collect())
}
