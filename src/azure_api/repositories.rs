//! Repositories: all of an organisation, one, a new one, and which branch of one is the default.

use serde::Deserialize;
use serde_json::json;

use super::items::Items;
use super::projects::{Project, found};
use super::{Address, ApiError, Call, Client};

/// A repository. Its names are as people write them.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Repository {
    /// The id by which it is named in other calls: a GUID.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// The project that it is in.
    pub(crate) project: Project,
    /// `refs/heads/main`; none in a repository without a branch.
    #[serde(default)]
    pub(crate) default_branch: Option<String>,
    /// Whether somebody turned it off; git is told that there is no such repository then.
    #[serde(default)]
    pub(crate) is_disabled: bool,
    /// Whether the service itself is at work on it.
    #[serde(default)]
    pub(crate) is_in_maintenance: bool,
}

/// All repositories of the organisation that this identity may see, also hidden ones. Takes the scope `vso.code`.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn all(client: &mut Client, address: &Address) -> Result<Vec<Repository>, ApiError> {
    let call = Call::to(address.in_organization("git/repositories")).with("includeHidden", "true");
    client.get::<Items<Repository>>(&call).map(|list| list.0)
}

/// The repository of an address; none where it does not exist or this identity may not see it.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn repository(client: &mut Client, address: &Address) -> Result<Option<Repository>, ApiError> {
    found(client.get(&Call::to(address.in_repository(""))))
}

/// Makes the repository of an address, empty, in its project. None where it exists already. Takes the scope
/// `vso.code_manage` and the permission to create repositories.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn create(client: &mut Client, address: &Address) -> Result<Option<Repository>, ApiError> {
    let call = Call::to(address.in_project("git/repositories"));
    match client.post(&call, &json!({ "name": address.repository() })) {
        Ok(made) => Ok(Some(made)),
        Err(error) if exists(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a repository of that name was there before; somebody else may have made it just now.
fn exists(error: &ApiError) -> bool {
    let refusal = error.refusal();
    refusal.is_some_and(|refusal| {
        refusal.is("GitRepositoryNameAlreadyExistsException")
            || refusal.status == 409
            || refusal.message.as_deref().is_some_and(|message| message.contains("TF400948"))
    })
}

/// Makes a branch the default one. `branch` is without `refs/heads/`.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn set_default_branch(client: &mut Client, address: &Address, branch: &str) -> Result<Repository, ApiError> {
    let call = Call::to(address.in_repository(""));
    client.patch(&call, &json!({ "defaultBranch": format!("refs/heads/{branch}") }))
}
