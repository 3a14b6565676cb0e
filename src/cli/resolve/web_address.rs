//! An address as people copy it: from a page of Azure DevOps, with the branch that the page shows.

use super::reading::Reading;
use crate::domain::azure_devops::AzureRepo;
use crate::domain::azure_devops::web_address::{ShownVersion, shown_version, with_fitting_host};
use crate::domain::error::Error;
use crate::domain::git_url::{GitUrl, Scheme};

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
            findings.warn(format!("`--url` mixes the two ways into Azure DevOps; it is read as `{meant}`"));
            meant
        }
        None => bare,
    };
    if let Some((shown, meant)) = page_of_a_file(&bare) {
        let error = Error::usage(format!("`--url` is the address of a page (`{shown}`), not of a repository"));
        findings.error(
            error.hint(format!(
                "Write `--url={meant}`, and name the branch with `--branch` and the folder with `--path`."
            )),
        );
        return None;
    }
    if bare.path.trim_matches('/').is_empty() {
        let error = Error::usage(format!("`--url={bare}` names no repository"));
        findings.error(
            error.hint("Write the repository's path behind the host, as in `https://git.example.com/team/fleet`."),
        );
        return None;
    }
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
            findings.warn("what follows `?` or `#` in `--url` is no part of a repository's address and is left out");
            Some((bare, branch_or_default))
        }
    }
}

/// What shows that an address is that of a page of GitHub, GitLab, Gitea or Bitbucket, and the repository's address.
fn page_of_a_file(url: &GitUrl) -> Option<(&'static str, GitUrl)> {
    /// With the number of folders that stand before it at least; GitLab's groups nest.
    const PAGES: [(&str, usize); 4] = [("/-/tree/", 2), ("/-/blob/", 2), ("/tree/", 2), ("/blob/", 2)];
    let found = PAGES.iter().find_map(|(shown, folders)| {
        let (before, _) = url.path.split_once(shown)?;
        let depth = before.split('/').filter(|part| !part.is_empty()).count();
        // Without the mark of GitLab it is a page where it stands right behind owner and name.
        let is_page = if shown.starts_with("/-/") { depth >= *folders } else { depth == *folders };
        is_page.then(|| (*shown, GitUrl { path: before.to_owned(), ..url.clone() }))
    });
    found.filter(|_| url.scheme != Scheme::Ssh)
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
        for (page, says) in [
            ("https://github.com/acme/fleet/tree/main/clusters", "--url=https://github.com/acme/fleet`"),
            ("https://gitlab.com/acme/infra/fleet/-/blob/main/a.yaml", "--url=https://gitlab.com/acme/infra/fleet`"),
            ("https://git.example.com", "names no repository"),
            ("ssh://git@git.example.com/", "names no repository"),
            ("ssh://git@git.example.com:team/fleet.git", "write `ssh://git@git.example.com/team/fleet.git`"),
            ("https://git@github.com:acme/fleet.git", "write `https://github.com/acme/fleet.git`"),
        ] {
            let error = format!("{:?}", refused(&[&format!("--url={page}")]));
            assert!(error.contains(says), "{page}: {error}");
        }
        let anchor = "--url=https://example.com/group/tree/r#readme";
        let (config, warnings) = resolve_in(&Environment::default(), &[anchor]).unwrap();
        assert_eq!(config.source.clone_url.to_string(), "https://example.com/group/tree/r");
        assert!(warnings[0].contains('#'), "{warnings:?}");
        let ssh_host = "--url=https://ssh.dev.azure.com/v3/o/p/r";
        let (config, warnings) = resolve_in(&Environment::default(), &[ssh_host]).unwrap();
        assert_eq!(
            (config.source.clone_url.to_string().as_str(), warnings.len()),
            ("https://dev.azure.com/o/p/_git/r", 1)
        );
    }
}
