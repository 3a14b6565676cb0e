//! A repository that is made before the first push, and its default branch.

use crate::domain::git_url::GitUrl;

/// Make the repository, empty, in its project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CreateRepository {
    /// Its address.
    pub url: GitUrl,
    /// The project, as people write it.
    pub project: String,
    /// Its name, as people write it.
    pub name: String,
}

/// Make the branch that was pushed first the default one, if it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetDefaultBranch {
    /// The repository's address.
    pub url: GitUrl,
    /// Without `refs/heads/`.
    pub branch: String,
}
