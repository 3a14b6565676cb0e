//! Branch policies. They stand in a file of the repository, and the hook that receives pushes obeys them.

use serde_json::{Value, json};

use super::{Call, Response, projects, repositories};

/// A kind of policy: its id, and its name for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) is_blocking: bool,
}

impl Policy {
    /// Somebody else must approve.
    pub(crate) const REVIEWERS: Self =
        Self { id: "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd", name: "Minimum number of reviewers", is_blocking: true };
    /// Work items must be linked, or it is noted that they are not.
    pub(crate) const OPTIONAL_WORK_ITEMS: Self =
        Self { id: "40e92b44-2fe1-4dd6-b3d8-74a9c21d0c6e", name: "Work item linking", is_blocking: false };

    /// Work items must be linked.
    pub(crate) const WORK_ITEMS: Self = Self { is_blocking: true, ..Self::OPTIONAL_WORK_ITEMS };
    /// Only some ways to merge are allowed.
    pub(crate) const MERGE_STRATEGY: Self =
        Self { id: "fa4e907d-c16b-4a4c-9dfa-4916e5d171ab", name: "Require a merge strategy", is_blocking: true };

    /// As a configuration for a branch; the repository's id is filled in when it is asked for.
    pub(crate) fn configuration(self, number: usize, branch: &str, settings: &Value) -> Value {
        let mut settings = settings.clone();
        settings["scope"] =
            json!([{"refName": format!("refs/heads/{branch}"), "matchKind": "Exact", "repositoryId": null}]);
        json!({
            "id": number,
            "revision": 1,
            "isEnabled": true,
            "isBlocking": self.is_blocking,
            "isDeleted": false,
            "settings": settings,
            "type": {"id": self.id, "displayName": self.name},
        })
    }
}

/// The configurations of a repository, each with its id filled in.
pub(crate) fn configured(found: &repositories::Found) -> Vec<Value> {
    let text = fs_err::read_to_string(found.folder.join("policies.json")).unwrap_or_default();
    let mut policies: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    for policy in &mut policies {
        policy["settings"]["scope"][0]["repositoryId"] = found.id().into();
    }
    policies
}

pub(super) fn list(call: &Call<'_>) -> Response {
    if !call.identity.has_scope("vso.code") {
        return super::errors::no_scope();
    }
    let project = call.place.project.as_deref().unwrap_or_default();
    if projects::find(call, project).is_none() {
        return super::errors::no_project(project);
    }
    let wanted = call.query("repositoryId").unwrap_or_default();
    let Some(found) = repositories::find(call, &wanted) else { return super::errors::no_repository(&wanted) };
    let branch = call.query("refName");
    let of_branch =
        |policy: &Value| branch.as_deref().is_none_or(|branch| policy["settings"]["scope"][0]["refName"] == branch);
    super::list(configured(&found).into_iter().filter(of_branch).collect())
}
