//! Branch policies: `GET {project}/_apis/git/policy/configurations?repositoryId=..&refName=..`.

use serde::Deserialize;

use super::items::Items;
use super::{Address, ApiError, Call, Client};
use crate::domain::server_text::printable;

/// The policy that limits how pull requests are merged ("Require a merge strategy").
pub(crate) const MERGE_STRATEGY: &str = "fa4e907d-c16b-4a4c-9dfa-4916e5d171ab";
/// The policy that demands work items.
pub(crate) const WORK_ITEMS: &str = "40e92b44-2fe1-4dd6-b3d8-74a9c21d0c6e";

/// A policy that applies to a branch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Policy {
    /// The number by which a project knows it.
    pub(crate) id: u64,
    /// What kind it is, for people: `Minimum number of reviewers`.
    pub(crate) name: String,
    /// The kind's id: a GUID.
    pub(crate) kind: String,
    /// Whether a pull request cannot be completed, nor the branch be pushed to, against it.
    pub(crate) is_blocking: bool,
    /// What its kind lets one set.
    pub(crate) settings: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Configuration {
    id: u64,
    #[serde(default)]
    is_enabled: bool,
    #[serde(default)]
    is_blocking: bool,
    #[serde(default)]
    is_deleted: bool,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    settings: serde_json::Map<String, serde_json::Value>,
}

/// What kind a policy is of.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kind {
    pub(super) id: String,
    #[serde(default)]
    pub(super) display_name: Option<String>,
}

/// The policies in force on a branch, without `refs/heads/`, of the repository with this id.
///
/// # Errors
/// The service's refusal, or no answer.
pub(crate) fn of_branch(
    client: &mut Client,
    address: &Address,
    repository: &str,
    branch: &str,
) -> Result<Vec<Policy>, ApiError> {
    let call = Call::to(address.in_project("git/policy/configurations"))
        .with("repositoryId", repository)
        .with("refName", &format!("refs/heads/{branch}"));
    client.get(&call).map(in_force)
}

/// The policies of an answer that are in force.
pub(super) fn in_force(list: Items<Configuration>) -> Vec<Policy> {
    list.0.into_iter().filter_map(policy).collect()
}

fn policy(found: Configuration) -> Option<Policy> {
    let name = found.kind.display_name.as_deref().map(printable).filter(|name| !name.is_empty());
    (found.is_enabled && !found.is_deleted).then(|| Policy {
        id: found.id,
        name: name.unwrap_or_else(|| printable(&found.kind.id)),
        kind: found.kind.id.to_lowercase(),
        is_blocking: found.is_blocking,
        settings: found.settings,
    })
}

/// The names of those that forbid a push, each once, as people know them.
pub(crate) fn blocking(policies: &[Policy]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for policy in policies.iter().filter(|policy| policy.is_blocking) {
        if !names.contains(&policy.name) {
            names.push(policy.name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_policies_in_force_count() {
        let list = r#"{"count":4,"value":[
            {"id":1,"isEnabled":true,"isBlocking":true,"type":{"id":"FA4E","displayName":"Minimum number of reviewers"},"settings":{"minimumApproverCount":2}},
            {"id":2,"isEnabled":false,"isBlocking":true,"type":{"id":"b"}},
            {"id":3,"isEnabled":true,"isBlocking":true,"isDeleted":true,"type":{"id":"c"}},
            {"id":4,"isEnabled":true,"isBlocking":false,"type":{"id":"d"}}]}"#;
        let found: Items<Configuration> = serde_json::from_str(list).unwrap();
        let found: Vec<Policy> = found.0.into_iter().filter_map(policy).collect();
        assert_eq!(
            found.iter().map(|policy| (policy.id, policy.is_blocking)).collect::<Vec<_>>(),
            [(1, true), (4, false)]
        );
        assert_eq!((found[0].kind.as_str(), found[1].name.as_str()), ("fa4e", "d"));
        assert_eq!(blocking(&found), ["Minimum number of reviewers"]);
    }
}
