//! What this identity may do: `GET {organisation}/_apis/permissions/{namespace}/{bit}?tokens=..`.
//!
//! Bits and tokens: the service's security namespace "Git Repositories" ("Security namespace and permission reference").

use std::fmt::Write as _;

use super::items::Items;
use super::{Address, ApiError, Call, Client};

/// The security namespace "Git Repositories".
const GIT_REPOSITORIES: &str = "2e9eb7ed-3c0a-47d4-87c1-0ffdf275fd87";

/// A permission on a branch, a repository or a project's repositories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Permission {
    /// "Contribute": push.
    GenericContribute,
    /// "Create branch"
    CreateBranch,
    /// "Bypass policies when pushing"
    PolicyExempt,
    /// "Create repository"
    CreateRepository,
    /// "Contribute to pull requests"
    PullRequestContribute,
}

impl Permission {
    const fn bit(self) -> u32 {
        match self {
            Self::GenericContribute => 4,
            Self::CreateBranch => 16,
            Self::PolicyExempt => 128,
            Self::CreateRepository => 256,
            Self::PullRequestContribute => 16384,
        }
    }

    /// How the service's pages call it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::GenericContribute => "Contribute",
            Self::CreateBranch => "Create branch",
            Self::PolicyExempt => "Bypass policies when pushing",
            Self::CreateRepository => "Create repository",
            Self::PullRequestContribute => "Contribute to pull requests",
        }
    }
}

/// What a permission is asked for. Projects and repositories are named by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope<'a> {
    /// All repositories of a project.
    Project(&'a str),
    /// A repository of a project.
    Repository(&'a str, &'a str),
    /// A branch, without `refs/heads/`, of a repository of a project.
    Branch(&'a str, &'a str, &'a str),
}

impl Scope<'_> {
    /// The token by which the security namespace knows it. The parts of a branch's name are hexadecimal, in UTF-16LE.
    fn token(self) -> String {
        match self {
            Self::Project(project) => format!("repoV2/{project}"),
            Self::Repository(project, repository) => format!("repoV2/{project}/{repository}"),
            Self::Branch(project, repository, branch) => {
                let parts: Vec<String> = branch.split('/').map(hexadecimal).collect();
                format!("repoV2/{project}/{repository}/refs/heads/{}", parts.join("/"))
            }
        }
    }
}

fn hexadecimal(part: &str) -> String {
    part.encode_utf16().flat_map(u16::to_le_bytes).fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether this identity has a permission.
///
/// # Errors
/// The service's refusal, or no answer. Tokens of narrow scope may be refused: then it is not known.
pub(crate) fn has(
    client: &mut Client,
    address: &Address,
    permission: Permission,
    scope: Scope<'_>,
) -> Result<bool, ApiError> {
    let area = format!("permissions/{GIT_REPOSITORIES}/{}", permission.bit());
    let call = Call::to(address.in_organization(&area)).with("tokens", &scope.token());
    let answers: Items<bool> = client.get(&call)?;
    match answers.0.as_slice() {
        [allowed] => Ok(*allowed),
        other => {
            let reason = format!("{} answers to one question", other.len());
            Err(ApiError::Unreadable { url: address.in_organization(&area), reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_name_branches_in_hexadecimal() {
        assert_eq!(Scope::Project("p").token(), "repoV2/p");
        assert_eq!(Scope::Branch("p", "r", "main").token(), "repoV2/p/r/refs/heads/6d00610069006e00");
        assert_eq!(Scope::Branch("p", "r", "a/b").token(), "repoV2/p/r/refs/heads/6100/6200");
    }
}
