//! Projects: the folders of an organisation.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::ids::guid;
use super::{Call, Response, errors};

/// A project that this identity may see.
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

impl Project {
    pub(crate) fn id(&self) -> String {
        guid(&self.folder.to_string_lossy())
    }

    pub(crate) fn json(&self) -> Value {
        json!({"id": self.id(), "name": self.name, "state": "wellFormed", "revision": 1, "visibility": "private"})
    }
}

/// All projects of the organisation that this identity may see.
pub(crate) fn visible(call: &Call<'_>) -> Vec<Project> {
    let organisation = call.shared.root.join(call.place.organisation.to_lowercase());
    let entries = fs_err::read_dir(organisation).into_iter().flatten().flatten();
    let projects = entries.filter_map(|entry| {
        let name = fs_err::read_to_string(entry.path().join("project-name")).ok()?;
        Some(Project { name, folder: entry.path() })
    });
    let mut found: Vec<Project> = projects.filter(|project| call.identity.sees(&project.name)).collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// The project of a name or an id.
pub(crate) fn find(call: &Call<'_>, name: &str) -> Option<Project> {
    visible(call).into_iter().find(|it| it.name.to_lowercase() == name.to_lowercase() || it.id() == name.to_lowercase())
}

pub(super) fn answer(call: &Call<'_>) -> Response {
    if !call.identity.has_scope("vso.project") {
        return errors::no_scope();
    }
    match call.place.area.get(1) {
        None => super::list(visible(call).iter().map(Project::json).collect()),
        Some(name) => match find(call, name) {
            Some(project) => super::json(200, &project.json()),
            None => errors::no_project(name),
        },
    }
}
