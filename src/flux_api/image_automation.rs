//! `ImageUpdateAutomation`: pushes new versions of images to a repository.

use serde_json::Value;

use super::git_repository;

/// Group and version.
pub(crate) const API_VERSION: &str = "image.toolkit.fluxcd.io/v1";
/// As `kind` of objects has it.
pub(crate) const KIND: &str = "ImageUpdateAutomation";

/// The name of the GitRepository with whose Secret it signs in; none where that is in another namespace.
pub(crate) fn repository(object: &Value) -> Option<&str> {
    let source = &object["spec"]["sourceRef"];
    let elsewhere = source["namespace"].as_str().is_some_and(|place| object["metadata"]["namespace"] != place);
    let name = source["name"].as_str()?;
    (source["kind"] == git_repository::KIND && !elsewhere).then_some(name)
}
