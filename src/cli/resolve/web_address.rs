//! An address as people copy it: from a page of Azure DevOps, with the branch that the page shows.

use super::reading::Reading;
use crate::domain::azure_devops::AzureRepo;
use crate::domain::azure_devops::web_address::{ShownVersion, shown_version, with_fitting_host};
use crate::domain::error::Error;
use crate::domain::git_url::GitUrl;

/// The branch where neither flag nor address names one.
const DEFAULT_BRANCH: &str = "main";

/// The repository's address and its branch; nothing of the address is left out without a word.
pub(super) fn url_and_branch(
    url: GitUrl,
    branch: Option<&str>,
    findings: &mut Reading<'_>,
) -> Option<(GitUrl, String)> {
    let bare = GitUrl { query: None, ..url.clone() };
    let bare = match with_fitting_host(&bare) {
        Some(meant) => {
            findings.warn(format!("`--url` names Azure DevOps' host for the other way in; it is read as `{meant}`"));
            meant
        }
        None => bare,
    };
    let branch_or_default = branch.unwrap_or(DEFAULT_BRANCH).to_owned();
    let Some(query) = &url.query else { return Some((bare, branch_or_default)) };
    let shown = AzureRepo::of(&url).and_then(|_| shown_version(query));
    let refuse = |findings: &mut Reading<'_>, shows: String, hint: String| {
        findings.error(Error::usage(format!("`--url` shows {shows}")).hint(hint));
        None
    };
    match shown {
        Some(ShownVersion::Branch(shown)) => match branch {
            Some(given) if given != shown => refuse(
                findings,
                format!("branch `{shown}` (`?version=GB...`), and `--branch` names `{given}`"),
                format!("Write `--url={bare} --branch={shown}`, or the same with `--branch={given}`."),
            ),
            _ => Some((bare, shown)),
        },
        Some(ShownVersion::Tag(name)) => refuse(
            findings,
            format!("tag `{name}` (`?version=GT...`), and a cluster is kept in step with a branch"),
            format!("Write `--url={bare}` and name the branch with `--branch`."),
        ),
        Some(ShownVersion::Commit(name)) => refuse(
            findings,
            format!("commit `{name}` (`?version=GC...`), and a cluster is kept in step with a branch"),
            format!("Write `--url={bare}` and name the branch with `--branch`."),
        ),
        None => {
            findings.warn("what follows `?` in `--url` is no part of a repository's address and is left out");
            Some((bare, branch_or_default))
        }
    }
}
