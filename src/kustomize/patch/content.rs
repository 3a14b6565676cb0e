//! What the text of a patch is: objects to merge, or the operations of a JSON patch.

use super::json6902::JsonPatch;
use super::source::Source;
use crate::kustomize::error::{BuildError, IGNORED};
use crate::kustomize::load::Loader;
use crate::kustomize::objects::{self, Parsed, normalize};
use crate::yaml::{self, Content as NodeContent, Reading};

/// The content of a patch.
pub(super) enum Content {
    /// Objects to merge.
    Strategic(Vec<Parsed>),
    /// Operations (RFC 6902).
    Json(JsonPatch),
}

/// Reads a patch.
///
/// # Errors
/// A text that is neither.
pub(super) fn content(loader: &Loader<'_>, source: &Source) -> Result<Content, BuildError> {
    if source.text.starts_with('[') {
        return json(source);
    }
    let first = yaml::first(&source.text).map_err(|error| source.error(error.line, error.message))?;
    if let Some(root) = first.root.filter(|root| matches!(root.content, NodeContent::Sequence(_))) {
        let mut value = root.read(Reading::Yaml11).map_err(|error| source.error(error.line, error.message))?;
        normalize(&mut value);
        if let Some(line) = first.ignored {
            source.warn(loader, line, IGNORED);
        }
        for (path, line) in root.repeated_keys() {
            source.warn(loader, line, &format!("{}; kustomize takes the last", twice(&path)));
        }
        return JsonPatch::parse(&value).map(Content::Json).map_err(|error| source.operation(&error, ""));
    }
    objects(loader, source, "neither a strategic merge patch nor a JSON patch: ").map(Content::Strategic)
}

/// Reads the objects of a strategic merge patch.
///
/// # Errors
/// Anything else; the message stands behind `prefix`.
pub(super) fn objects(loader: &Loader<'_>, source: &Source, prefix: &str) -> Result<Vec<Parsed>, BuildError> {
    let objects = objects::parse(&source.text, Reading::StrategicPatch)
        .map_err(|error| source.error(error.line, format!("{prefix}{}", error.message)))?;
    for line in objects.ignored {
        source.warn(loader, line, IGNORED);
    }
    Ok(objects.parsed)
}

/// What starts with a bracket is JSON for kustomize, and nothing else.
fn json(source: &Source) -> Result<Content, BuildError> {
    let mut value: serde_json::Value = serde_json::from_str(&source.text).map_err(|error| {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        source.error(error.line().max(1), format!("a patch that starts with `[` must be JSON, not YAML: {message}"))
    })?;
    normalize(&mut value);
    JsonPatch::parse(&value).map(Content::Json).map_err(|error| source.operation(&error, ""))
}

/// Says that a key is there twice.
pub(super) fn twice(path: &[String]) -> String {
    format!("the key `{}` is there twice", path.last().map_or("", String::as_str))
}
