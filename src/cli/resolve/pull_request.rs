//! Whether the commit is proposed in a pull request, and how.

use super::reading::{Reading, given};
use super::repository::checked_branch;
use super::{pull_request_request, run_again};
use crate::cli::BootstrapGitArgs;
use crate::cli::pull_request_args::{ProposalArgs, PullRequestArgs};
use crate::domain::config::{DurationError, GoDuration, PullRequestConfig};
use crate::domain::error::Error;
use crate::domain::git_url::GitUrl;

/// None where the commit is pushed to the branch that the cluster follows.
pub(super) fn resolve(
    args: &PullRequestArgs,
    all: &BootstrapGitArgs,
    url: Option<&GitUrl>,
    findings: &mut Reading<'_>,
) -> Option<PullRequestConfig> {
    let PullRequestArgs {
        pull_request,
        proposal: ProposalArgs { pr_branch, pr_title },
        pr_wait,
        // Read by the request.
        pr_reviewer: _,
        pr_required_reviewer: _,
        pr_work_item: _,
        pr_label: _,
        pr_draft: _,
        pr_auto_complete: _,
        pr_merge_strategy: _,
        pr_keep_source_branch: _,
    } = args;
    let wait = pr_wait.parse::<GoDuration>().map_err(|error: DurationError| error.to_string());
    let wait = findings.value("--pr-wait", wait);
    let branch = given(pr_branch.as_ref());
    let title = given(pr_title.as_ref());
    if !pull_request {
        let waits = wait.is_some_and(|wait| wait.as_nanos() > 0);
        let useless = [("--pr-wait", waits), ("--pr-branch", branch.is_some()), ("--pr-title", title.is_some())];
        findings
            .useless(&[&useless[..], &pull_request_request::given_flags(args)].concat(), "without `--pull-request`");
        return None;
    }
    if all.output.export || all.output.export_dir.is_some() {
        let flag = if all.output.export { "`--export`" } else { "`--export-dir`" };
        findings.useless(&[("--pull-request", true)], &format!("with {flag}"));
    }
    let branch = branch.and_then(|name| {
        findings.value_or_hint("--pr-branch", checked_branch(name), "Name the branch alone, such as `flux/upgrade`.")
    });
    if branch.as_deref() == Some(all.repository.branch.as_deref().unwrap_or("main")) {
        let error = Error::usage("`--pr-branch` and `--branch` name the same branch");
        findings
            .error(error.hint("Give the branch that proposes the change another name, or leave out `--pr-branch`."));
    }
    let title = title.and_then(|title| findings.value("--pr-title", checked_title(title)));
    let run_again = run_again::command(all, findings.environment);
    let request = pull_request_request::resolve(args, url, findings);
    Some(PullRequestConfig { wait: wait?.into(), branch, title, run_again, request })
}

/// The most characters that Azure DevOps takes for a title.
const LONGEST_TITLE: usize = 400;

fn checked_title(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().find(|letter| letter.is_control()) {
        Some(letter) => Err(format!("it contains {letter:?}: a title is one line")),
        None if text.chars().count() > LONGEST_TITLE => Err(format!("it is longer than {LONGEST_TITLE} characters")),
        None if text.is_empty() => Err("it is empty".to_owned()),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::resolve::tests::resolve_in;
    use crate::domain::environment::Environment;

    fn resolved(flags: &[&str]) -> Result<(Option<PullRequestConfig>, Vec<String>), Error> {
        let flags = [&["--url=https://git.example.com/a", "--path=a", "--token-auth"], flags].concat();
        resolve_in(&Environment::default(), &flags).map(|(config, warnings)| (config.pull_request, warnings))
    }

    #[test]
    fn flags_without_effect_are_told_and_wrong_ones_refused() {
        assert_eq!(resolved(&[]).unwrap(), (None, Vec::new()));
        let (config, warnings) = resolved(&["--pr-wait=1h", "--pr-title=x"]).unwrap();
        assert_eq!(config, None);
        assert_eq!(warnings, ["`--pr-wait` and `--pr-title` have no effect without `--pull-request`"]);
        let refused = |flag: &str| {
            let error = resolved(&["--pull-request", flag]).unwrap_err();
            error.causes.first().map_or(error.message.to_string(), ToString::to_string)
        };
        assert_eq!(refused("--pr-branch=main"), "`--pr-branch` and `--branch` name the same branch");
        assert_eq!(refused("--pr-branch=a..b"), "\"a..b\" is not a branch name");
        assert_eq!(refused("--pr-title=a\nb"), "it contains '\\n': a title is one line");
        assert!(refused("--pr-wait=soon").contains("soon"), "{}", refused("--pr-wait=soon"));
    }

    #[test]
    fn a_proposal_is_resolved() {
        let flags = ["--pull-request", "--pr-wait=90m", "--pr-branch=flux/up", "--pr-title= Upgrade "];
        let config = resolved(&flags).unwrap().0.unwrap();
        assert_eq!((config.wait.as_secs(), config.branch.as_deref()), (5400, Some("flux/up")));
        assert_eq!(config.title.as_deref(), Some("Upgrade"));
    }
}
