//! The text of a patch, and the places of its lines for errors.

use super::json6902::OperationError;
use crate::kustomize::error::{BuildError, Location};
use crate::kustomize::file::{At, Patch};
use crate::kustomize::load::Loader;
use crate::kustomize::place::{Place, Step, line_of};

type Result<T> = std::result::Result<T, BuildError>;

/// The text of a patch and where its lines are.
pub(super) struct Source {
    pub(super) text: String,
    /// The file of its own, or the field that holds it.
    pub(super) file: Option<String>,
    pub(super) place: Place,
}

impl Source {
    pub(super) fn read(loader: &Loader<'_>, directory: &str, patch: &At<Patch>) -> Result<Self> {
        let place = &patch.place;
        match (patch.value.text.trim(), patch.value.path.as_str()) {
            ("", "") => Err(place.error("one of `patch` and `path` is needed")),
            (text, "") => Ok(Self { text: text.to_owned(), file: None, place: place.key("patch") }),
            ("", path) => Self::file(loader, directory, path, &place.key("path")),
            _ => Err(place.error("`patch` and `path` exclude each other")),
        }
    }

    pub(super) fn file(loader: &Loader<'_>, directory: &str, path: &str, place: &Place) -> Result<Self> {
        let path = loader.path(directory, path, place)?;
        let file = loader.text(&path, Some(place))?;
        Ok(Self { text: file.text.clone(), file: Some(path), place: place.clone() })
    }

    pub(super) fn location(&self, line: usize) -> Location {
        match &self.file {
            Some(file) => Location { file: file.clone(), field: String::new(), line: Some(line) },
            None => self.place.inner_line(line),
        }
    }

    pub(super) fn error(&self, line: usize, message: impl Into<String>) -> BuildError {
        BuildError::Invalid { location: self.location(line), message: message.into() }
    }

    pub(super) fn warn(&self, loader: &Loader<'_>, line: usize, message: &str) {
        loader.warn(format!("{}: {message}", self.location(line)));
    }

    /// An error of one operation of a JSON patch.
    pub(super) fn operation(&self, error: &OperationError, what: &str) -> BuildError {
        let line = line_of(&self.text, &[Step::Index(error.index)]).unwrap_or(1);
        self.error(line, format!("{what}operation {} of the patch: {}", error.index, error.message))
    }

    /// The line of a field of the document that starts at a line.
    pub(super) fn line_of_field(&self, document: usize, path: &str) -> usize {
        let keys = path.split('[').next().unwrap_or("").split('.').filter(|key| !key.is_empty());
        let steps: Vec<Step> = keys.map(|key| Step::Key(key.to_owned())).collect();
        let skipped = document.saturating_sub(1);
        let rest: Vec<&str> = self.text.lines().skip(skipped).collect();
        line_of(&rest.join("\n"), &steps).map_or(document, |line| skipped + line)
    }

    /// An error of applying the patch as a whole.
    pub(super) fn applying(&self, message: impl Into<String>) -> BuildError {
        match &self.file {
            Some(_) => self.error(1, message),
            None => self.place.error(message),
        }
    }
}
