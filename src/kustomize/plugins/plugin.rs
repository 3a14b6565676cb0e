//! The object that configures a plugin.

use serde_json::Value;

use crate::kustomize::error::BuildError;
use crate::kustomize::place::Place;
use crate::kustomize::reader::{Fields, Node};
use crate::kustomize::resource::{Resource, text};

/// A configured transformer or generator.
pub(in crate::kustomize) struct Plugin {
    pub(in crate::kustomize) object: Value,
    /// The entry of the kustomization file that names it.
    pub(in crate::kustomize) place: Place,
    /// The path of its file from the outermost folder, where origins are tracked.
    pub(in crate::kustomize) origin: Option<String>,
}

impl Plugin {
    /// The kind of a plugin that is part of kustomize.
    ///
    /// # Errors
    /// Any other plugin: kustomize runs it only on demand, and kustomize-controller never does.
    pub(super) fn kind(&self) -> Result<&str, BuildError> {
        let kind = text(&self.object, "kind");
        if text(&self.object, "apiVersion") == "builtin" {
            return Ok(kind);
        }
        let message = format!("`{kind}` is no plugin of kustomize itself, and kustomize-controller runs no others");
        Err(self.place.error(message))
    }

    /// Its fields; unknown ones are no mistake here.
    pub(super) fn fields(&self) -> Result<Fields<'_>, BuildError> {
        Node::new(&self.object, self.place.clone()).fields()
    }

    pub(super) fn error(&self, message: impl Into<String>) -> BuildError {
        self.place.error(format!("{}: {}", text(&self.object, "kind"), message.into()))
    }

    /// Its name and its namespace.
    pub(super) fn metadata(&self) -> (String, String) {
        let resource = Resource::new(self.object.clone());
        (resource.name().to_owned(), resource.namespace().to_owned())
    }

    /// How it stands in the annotations that say where objects come from.
    pub(in crate::kustomize) fn configured_by(&self) -> Option<String> {
        let (name, namespace) = self.metadata();
        let namespace = if namespace.is_empty() { namespace } else { format!("  namespace: {namespace}\n") };
        let kind = text(&self.object, "kind");
        let origin = self.origin.as_ref()?;
        Some(format!(
            "configuredIn: {origin}\nconfiguredBy:\n  apiVersion: builtin\n  kind: {kind}\n  name: {name}\n{namespace}"
        ))
    }
}
