//! What this identity may do to a branch, as far as the service tells beforehand: its permissions, and the policies in
//! force. What it does not tell is unknown, and no failure.

use super::permissions::{self, Permission, Scope};
use super::policies;
use super::repositories;
use super::{Address, ApiError, Client};

/// What is going to be pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pushing {
    /// A commit to a branch, without `refs/heads/`.
    Branch(String),
    /// A branch that is not there yet.
    NewBranch(String),
    /// The first branch of a repository that is still to be made, in the project with this id.
    NewRepository(Option<String>),
}

/// What the service tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rights {
    /// Permissions that this identity has not.
    pub(crate) lacking: Vec<Permission>,
    /// The names of policies that forbid the push, and that this identity is known not to bypass.
    pub(crate) blocking: Vec<String>,
    /// What is not known, and why.
    pub(crate) unknown: Vec<Unknown>,
}

/// A question that the service did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// What was asked: a permission, or `branch policies`.
    pub(crate) what: String,
    /// In a few words, escaped.
    pub(crate) reason: String,
}

/// Asks, with at most four calls.
pub(crate) fn ask(client: &mut Client, address: &Address, pushing: &Pushing) -> Rights {
    let mut rights = Rights::default();
    match pushing {
        Pushing::NewRepository(None) => {
            rights.unknown(Permission::CreateRepository.title(), "the project's id is not known");
        }
        Pushing::NewRepository(Some(project)) => {
            rights.need(Permission::CreateRepository, |it| {
                permissions::has(client, address, it, Scope::Project(project))
            });
        }
        Pushing::Branch(branch) | Pushing::NewBranch(branch) => {
            let (project, repository) = match repositories::repository(client, address) {
                Ok(Some(found)) => (found.project.id, found.id),
                Ok(None) => {
                    rights.unknown(Permission::GenericContribute.title(), "the repository is not shown");
                    return rights;
                }
                Err(error) => {
                    rights.unknown(Permission::GenericContribute.title(), &reason(&error));
                    return rights;
                }
            };
            let scope = Scope::Branch(&project, &repository, branch);
            rights.need(Permission::GenericContribute, |it| permissions::has(client, address, it, scope));
            if matches!(pushing, Pushing::NewBranch(_)) {
                rights.need(Permission::CreateBranch, |it| permissions::has(client, address, it, scope));
                return rights;
            }
            rights.policies(client, address, (&repository, branch), scope);
        }
    }
    rights
}

impl Rights {
    fn need(&mut self, permission: Permission, ask: impl FnOnce(Permission) -> Result<bool, ApiError>) {
        match ask(permission) {
            Ok(true) => {}
            Ok(false) => self.lacking.push(permission),
            Err(error) => self.unknown(permission.title(), &reason(&error)),
        }
    }

    /// The policies of a branch are a reason only where it is known that this identity may not bypass them.
    fn policies(
        &mut self,
        client: &mut Client,
        address: &Address,
        (repository, branch): (&str, &str),
        scope: Scope<'_>,
    ) {
        let blocking = match policies::of_branch(client, address, repository, branch) {
            Ok(found) => policies::blocking(&found),
            Err(error) => return self.unknown("branch policies", &reason(&error)),
        };
        if blocking.is_empty() {
            return;
        }
        match permissions::has(client, address, Permission::PolicyExempt, scope) {
            Ok(true) => {}
            Ok(false) => self.blocking = blocking,
            Err(error) => self.unknown(Permission::PolicyExempt.title(), &reason(&error)),
        }
    }

    fn unknown(&mut self, what: &str, reason: &str) {
        self.unknown.push(Unknown { what: what.to_owned(), reason: reason.to_owned() });
    }
}

/// Why the service did not tell, without the address.
fn reason(error: &ApiError) -> String {
    match error.refusal() {
        Some(refusal) => format!("Azure DevOps answered with status {}", refusal.status),
        None => "Azure DevOps did not answer as expected".to_owned(),
    }
}
