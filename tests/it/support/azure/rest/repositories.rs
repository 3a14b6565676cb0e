//! Repositories: the bare ones of the disk.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::ids::guid;
use super::projects::{self, Project};
use super::{Call, Response, errors};
use crate::support::azure::Repository;
use crate::support::process;

/// A repository that this identity may see.
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) project: Project,
}

impl Found {
    pub(crate) fn id(&self) -> String {
        guid(&self.folder.to_string_lossy())
    }

    pub(crate) fn json(&self, call: &Call<'_>) -> Value {
        let organisation = &call.place.organisation;
        let base = format!("https://dev.azure.com/{organisation}");
        let page = format!("{base}/{}/_git/{}", self.project.name, self.name).replace(' ', "%20");
        let mut repository = json!({
            "id": self.id(),
            "name": self.name,
            "url": format!("{base}/{}/_apis/git/repositories/{}", self.project.id(), self.id()),
            "project": self.project.json(),
            "size": 728,
            "remoteUrl": page.replacen("https://", &format!("https://{organisation}@"), 1),
            "sshUrl": format!("git@ssh.dev.azure.com:v3/{organisation}/{}/{}", self.project.name, self.name).replace(' ', "%20"),
            "webUrl": page,
            "isDisabled": self.folder.join("disabled").exists(),
            "isInMaintenance": self.folder.join("maintenance").exists(),
        });
        if let Some(branch) = self.default_branch() {
            repository["defaultBranch"] = branch.into();
        }
        repository
    }

    /// The branch that `HEAD` names, where there is one.
    fn default_branch(&self) -> Option<String> {
        let head = git(&self.folder, &["symbolic-ref", "HEAD"])?;
        git(&self.folder, &["rev-parse", "--verify", "--quiet", &head]).map(|_| head)
    }
}

/// What git prints, run in a bare repository.
pub(crate) fn git(folder: &std::path::Path, arguments: &[&str]) -> Option<String> {
    let mut command = process::command("git");
    let output = command.args(["-c", "safe.directory=*"]).args(arguments).current_dir(folder).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The repositories of the call's project, or of all that this identity may see.
pub(crate) fn visible(call: &Call<'_>) -> Vec<Found> {
    let projects = match &call.place.project {
        Some(name) => projects::find(call, name).into_iter().collect(),
        None => projects::visible(call),
    };
    let mut found = Vec::new();
    for project in projects {
        let entries = fs_err::read_dir(&project.folder).into_iter().flatten().flatten();
        for entry in entries {
            let Ok(name) = fs_err::read_to_string(entry.path().join("repository-name")) else { continue };
            let project = Project { name: project.name.clone(), folder: project.folder.clone() };
            found.push(Found { name, folder: entry.path(), project });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// The repository of a name or an id.
pub(crate) fn find(call: &Call<'_>, name: &str) -> Option<Found> {
    let wanted = name.to_lowercase();
    visible(call).into_iter().find(|it| it.name.to_lowercase() == wanted || it.id() == wanted)
}

/// Why the identity may not ask for repositories here.
fn refused(call: &Call<'_>, scope: &str) -> Option<Response> {
    if !call.identity.has_scope(scope) {
        return Some(errors::no_scope());
    }
    let project = call.place.project.as_deref()?;
    projects::find(call, project).is_none().then(|| errors::no_project(project))
}

pub(super) fn list(call: &Call<'_>) -> Response {
    refused(call, "vso.code").unwrap_or_else(|| super::list(visible(call).iter().map(|it| it.json(call)).collect()))
}

pub(super) fn one(call: &Call<'_>) -> Response {
    let name = &call.place.area[2];
    refused(call, "vso.code").unwrap_or_else(|| match find(call, name) {
        Some(found) => super::json(200, &found.json(call)),
        None => errors::no_repository(name),
    })
}

pub(super) fn create(call: &Call<'_>) -> Response {
    let body = call.body();
    let project = call.place.project.clone().or_else(|| body["project"]["id"].as_str().map(str::to_owned));
    if let Some(refused) = refused(call, "vso.code_manage") {
        return refused;
    }
    let Some(project) = project.and_then(|project| projects::find(call, &project)) else {
        return errors::no_project("");
    };
    if !call.identity.may("CreateRepository") {
        return errors::no_permission(call, "CreateRepository", "project");
    }
    let name = body["name"].as_str().unwrap_or_default();
    let existing = visible(call).into_iter().any(|it| it.name.to_lowercase() == name.to_lowercase());
    if existing {
        let text = format!("TF400948: A Git repository with the name {name} already exists.");
        return errors::error(409, "GitRepositoryNameAlreadyExistsException", &text);
    }
    drop(Repository::create(&call.shared.root, &call.place.organisation, &project.name, name, ""));
    match find(call, name) {
        Some(made) => super::json(201, &made.json(call)),
        None => errors::no_repository(name),
    }
}

pub(super) fn change(call: &Call<'_>) -> Response {
    let name = &call.place.area[2];
    if let Some(refused) = refused(call, "vso.code_manage") {
        return refused;
    }
    let Some(found) = find(call, name) else { return errors::no_repository(name) };
    let branch = call.body()["defaultBranch"].as_str().unwrap_or_default().to_owned();
    if git(&found.folder, &["rev-parse", "--verify", "--quiet", &branch]).is_none() {
        return errors::error(400, "InvalidArgumentValueException", "The default branch must exist.");
    }
    git(&found.folder, &["symbolic-ref", "HEAD", &branch]);
    super::json(200, &found.json(call))
}
