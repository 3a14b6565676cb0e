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

#[cfg(test)]
mod tests {
    use crate::cli::resolve::tests::resolve_in;
    use crate::domain::environment::Environment;

    #[test]
    fn an_address_from_a_web_page_gives_its_branch() {
        let page = "--url=https://dev.azure.com/o/p/_git/r?version=GBteam%2Fprod";
        let (source, warnings) = resolve_in(&Environment::default(), &[page]).map(|(c, w)| (c.source, w)).unwrap();
        assert_eq!(
            (source.branch.as_str(), source.clone_url.to_string().as_str()),
            ("team/prod", "https://dev.azure.com/o/p/_git/r")
        );
        assert!(warnings.is_empty(), "{warnings:?}");
        let (config, _) = resolve_in(&Environment::default(), &[page, "--branch=team/prod"]).unwrap();
        assert_eq!(config.source.branch, "team/prod");
        let refused = |flags: &[&str]| resolve_in(&Environment::default(), flags).unwrap_err();
        let error = format!("{:?}", refused(&[page, "--branch=main"]));
        assert!(error.contains("`team/prod`") && error.contains("--branch=team/prod"), "{error}");
        for version in ["GTv1", "GC0a1b2c"] {
            let error = refused(&[&format!("--url=https://dev.azure.com/o/p/_git/r?version={version}")]).to_string();
            assert!(error.contains(&version[2..]), "{error}");
        }
        let (config, warnings) = resolve_in(&Environment::default(), &["--url=https://example.com/r?tab=x"]).unwrap();
        assert_eq!((config.source.clone_url.to_string().as_str(), warnings.len()), ("https://example.com/r", 1));
        let ssh_host = "--url=https://ssh.dev.azure.com/v3/o/p/r";
        let (config, warnings) = resolve_in(&Environment::default(), &[ssh_host]).unwrap();
        assert_eq!(
            (config.source.clone_url.to_string().as_str(), warnings.len()),
            ("https://dev.azure.com/o/p/_git/r", 1)
        );
    }
}
