//! Proposing the commit in a pull request, instead of pushing it to the branch that the cluster follows.

use std::time::Duration;

use super::{ClusterPath, Namespace};

/// `--pull-request`, and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestConfig {
    /// `--pr-wait`: how long to wait for the merge; zero ends the run as soon as the change is proposed.
    pub wait: Duration,
    /// `--pr-branch`: the source branch, without `refs/heads/`.
    pub branch: Option<String>,
    /// `--pr-title`: also the subject of the commit.
    pub title: Option<String>,
    /// The command line of this run as a shell takes it, without its secrets.
    pub run_again: String,
    /// What the pull request is made of, where this program opens it.
    pub request: RequestConfig,
}

/// What a pull request at Azure DevOps is made of, and how it completes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestConfig {
    /// `--pr-reviewer` and `--pr-required-reviewer`, in the order given.
    pub reviewers: Vec<ReviewerName>,
    /// `--pr-work-item`: numbers.
    pub work_items: Vec<u64>,
    /// `--pr-label`
    pub labels: Vec<String>,
    /// `--pr-draft`
    pub draft: bool,
    /// `--pr-auto-complete`
    pub auto_complete: bool,
    /// `--pr-merge-strategy`, as the service calls it.
    pub strategy: Option<String>,
    /// `--pr-keep-source-branch`
    pub keep_source_branch: bool,
}

/// Somebody who shall review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewerName {
    /// An e-mail address, a group's name, or a GUID.
    pub name: String,
    /// Whether it cannot be completed without this approval.
    pub required: bool,
}

impl ReviewerName {
    /// The flag that names them.
    pub(crate) const fn flag(&self) -> &'static str {
        if self.required { "--pr-required-reviewer" } else { "--pr-reviewer" }
    }

    /// Whether the name is an id already, which nobody needs to be asked about.
    pub(crate) fn is_id(&self) -> bool {
        let groups: Vec<usize> = self.name.split('-').map(str::len).collect();
        groups == [8, 4, 4, 4, 12] && self.name.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
    }
}

impl PullRequestConfig {
    /// The source branch: one for each namespace and path, so that clusters do not write over each other's.
    pub(crate) fn source_branch(&self, namespace: &Namespace, path: &ClusterPath) -> String {
        self.branch.clone().unwrap_or_else(|| format!("flux-bootstrap/{namespace}/{}", part(path.as_tree_path())))
    }
}

/// A path as one part of a reference's name (git-check-ref-format); the root is `-`.
fn part(path: &str) -> String {
    let allowed = |letter: char| letter.is_alphanumeric() || "-_.+=,".contains(letter);
    let text: String = path.chars().map(|letter| if allowed(letter) { letter } else { '-' }).collect();
    let text = text.replace("..", "-");
    let text = text.trim_matches('.');
    let text = text.strip_suffix(".lock").map_or_else(|| text.to_owned(), |rest| format!("{rest}-lock"));
    if text.is_empty() { "-".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_an_id() {
        let is_id = |name: &str| ReviewerName { name: name.to_owned(), required: true }.is_id();
        assert!(is_id("7f9d1b1c-0C1E-4c5e-9d0e-2b7a5b6d1a11"));
        assert!(!is_id("jane@example.com") && !is_id("7f9d1b1c0c1e4c5e9d0e2b7a5b6d1a11") && !is_id("--------"));
    }

    #[test]
    fn a_source_branch_is_named_after_the_cluster() {
        let given = |branch: Option<&str>, path: &str| {
            let branch = branch.map(str::to_owned);
            let config = PullRequestConfig {
                wait: Duration::ZERO,
                branch,
                title: None,
                run_again: String::new(),
                request: RequestConfig::default(),
            };
            config.source_branch(&"flux-system".parse().unwrap(), &path.parse().unwrap())
        };
        for (path, branch) in [
            ("clusters/my-cluster", "flux-bootstrap/flux-system/clusters-my-cluster"),
            ("./clusters/a b/", "flux-bootstrap/flux-system/clusters-a-b"),
            ("", "flux-bootstrap/flux-system/-"),
            ("./", "flux-bootstrap/flux-system/-"),
            (".hidden/a.lock", "flux-bootstrap/flux-system/hidden-a-lock"),
            ("a~^[b", "flux-bootstrap/flux-system/a---b"),
        ] {
            assert_eq!(given(None, path), branch, "{path}");
        }
        assert_eq!(given(Some("mine"), "a"), "mine");
    }
}
