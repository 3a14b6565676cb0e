//! Projects: `GET {organisation}/_apis/projects/{project}`. None is ever made.

use serde::Deserialize;

use super::{Address, ApiError, Call, Client};

/// A project.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Project {
    /// The id by which it is named in other calls: a GUID.
    pub(crate) id: String,
    /// Its name, as people write it.
    pub(crate) name: String,
}

/// The project of an address; none where it does not exist or this identity may not see it. Takes the scope `vso.project`.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn project(client: &mut Client, address: &Address) -> Result<Option<Project>, ApiError> {
    found(client.get(&Call::to(address.of_project())))
}

/// Makes of "not found" that there is none.
pub(super) fn found<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
