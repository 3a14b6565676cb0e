//! What a pull request at Azure DevOps is made of, and how it completes.

use super::reading::{Reading, given};
use crate::cli::go_values::split_list;
use crate::cli::pull_request_args::PullRequestArgs;
use crate::domain::azure_devops::AzureRepo;
use crate::domain::config::{RequestConfig, ReviewerName};
use crate::domain::error::Error;
use crate::domain::git_url::GitUrl;

/// The flags that are given, for warnings.
pub(super) fn given_flags(args: &PullRequestArgs) -> Vec<(&'static str, bool)> {
    let PullRequestArgs {
        // Of every host.
        pull_request: _,
        proposal: _,
        pr_wait: _,
        pr_reviewer,
        pr_required_reviewer,
        pr_work_item,
        pr_label,
        pr_draft,
        pr_auto_complete,
        pr_merge_strategy,
        pr_keep_source_branch,
    } = args;
    vec![
        ("--pr-reviewer", !pr_reviewer.is_empty()),
        ("--pr-required-reviewer", !pr_required_reviewer.is_empty()),
        ("--pr-work-item", !pr_work_item.is_empty()),
        ("--pr-label", !pr_label.is_empty()),
        ("--pr-draft", *pr_draft),
        ("--pr-auto-complete", *pr_auto_complete),
        ("--pr-merge-strategy", pr_merge_strategy.is_some()),
        ("--pr-keep-source-branch", *pr_keep_source_branch),
    ]
}

/// Other hosts have pull requests too, but people open them there.
pub(super) fn resolve(args: &PullRequestArgs, url: Option<&GitUrl>, findings: &mut Reading<'_>) -> RequestConfig {
    let flags = given_flags(args);
    if url.is_some_and(|url| AzureRepo::of(url).is_none()) {
        findings.useless(&flags, "where the repository is not at Azure DevOps: there, a person opens the pull request");
        return RequestConfig::default();
    }
    if !args.pr_auto_complete {
        findings.useless(&flags[flags.len() - 2..], "without `--pr-auto-complete`");
    } else if args.pr_draft {
        let error = Error::usage("`--pr-draft` and `--pr-auto-complete` exclude each other");
        findings.error(error.hint("A draft is never completed: leave out one of them."));
    }
    let work_items = split_list(&args.pr_work_item).into_iter();
    let work_items = work_items.filter_map(|text| findings.value("--pr-work-item", work_item(&text))).collect();
    let labels: Vec<String> = args.pr_label.iter().map(|text| text.trim().to_owned()).collect();
    for text in labels.iter().filter(|text| text.is_empty() || text.chars().any(char::is_control)) {
        findings.error(Error::usage(format!("`--pr-label` cannot be used: {text:?} is no label")));
    }
    RequestConfig {
        reviewers: reviewers(args, findings),
        work_items,
        labels,
        draft: args.pr_draft,
        auto_complete: args.pr_auto_complete,
        strategy: given(args.pr_merge_strategy.as_ref()).map(str::to_owned),
        keep_source_branch: args.pr_keep_source_branch,
    }
}

fn reviewers(args: &PullRequestArgs, findings: &mut Reading<'_>) -> Vec<ReviewerName> {
    let of = |names: &[String], required| -> Vec<ReviewerName> {
        names.iter().map(|name| ReviewerName { name: name.trim().to_owned(), required }).collect()
    };
    let all = [of(&args.pr_required_reviewer, true), of(&args.pr_reviewer, false)].concat();
    for empty in all.iter().filter(|reviewer| reviewer.name.is_empty()) {
        findings.error(Error::usage(format!("`{}` is empty", empty.flag())).hint("Name somebody, or leave it out."));
    }
    all
}

fn work_item(text: &str) -> Result<u64, String> {
    let digits = text.trim().trim_start_matches('#');
    digits.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("`{text}` is not the number of a work item"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::resolve::tests::resolve_in;
    use crate::domain::environment::Environment;

    fn resolved(url: &str, flags: &[&str]) -> Result<(RequestConfig, Vec<String>), Error> {
        let url = format!("--url={url}");
        let flags = [&[url.as_str(), "--path=a", "--token-auth", "--pull-request"], flags].concat();
        let config = resolve_in(&Environment::default(), &flags);
        config.map(|(config, warnings)| (config.pull_request.unwrap().request, warnings))
    }

    const AZURE: &str = "https://dev.azure.com/acme/platform/_git/fleet";

    #[test]
    fn a_request_is_resolved() {
        let flags = [
            "--pr-reviewer=jane@example.com",
            "--pr-required-reviewer=[platform]\\Owners",
            "--pr-work-item=12,#13",
            "--pr-label=flux",
            "--pr-auto-complete",
            "--pr-merge-strategy=squash",
            "--pr-keep-source-branch",
        ];
        let (request, warnings) = resolved(AZURE, &flags).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(request.work_items, [12, 13]);
        assert!(request.reviewers[0].required && request.reviewers[1].name == "jane@example.com");
        assert_eq!((request.strategy.as_deref(), request.keep_source_branch), (Some("squash"), true));
    }

    #[test]
    fn what_has_no_effect_or_cannot_be_is_told() {
        let (_, warnings) = resolved(AZURE, &["--pr-merge-strategy=rebase", "--pr-keep-source-branch"]).unwrap();
        let told = "`--pr-merge-strategy` and `--pr-keep-source-branch` have no effect without `--pr-auto-complete`";
        assert_eq!(warnings, [told]);
        let (request, warnings) = resolved("https://github.com/a/b", &["--pr-draft", "--pr-label=x"]).unwrap();
        assert_eq!(request, RequestConfig::default());
        assert!(warnings[0].starts_with("`--pr-label` and `--pr-draft` have no effect where"), "{warnings:?}");
        for flags in
            [&["--pr-draft", "--pr-auto-complete"][..], &["--pr-work-item=x"], &["--pr-label= "], &["--pr-reviewer="]]
        {
            assert!(resolved(AZURE, flags).is_err(), "{flags:?}");
        }
    }
}
