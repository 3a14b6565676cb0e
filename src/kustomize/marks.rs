//! The annotations that kustomize keeps for itself while it builds. They never come out, but while they are there, so is
//! the mapping that holds them: a JSON patch may write below `/metadata/annotations` of an object that has none.

use serde_json::{Map, Value};

use super::origin::ORIGIN;
use super::resource::{Previous, Resource};

const PREFIX: &str = "internal.config.kubernetes.io/";

/// The marks that an object bears.
pub(super) fn of(resource: &Resource) -> Vec<(String, String)> {
    let previous = |part: fn(&Previous) -> &str| {
        resource.previous.iter().map(part).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(",")
    };
    let marks = [
        ("previousKinds", previous(|previous| &previous.kind)),
        ("previousNames", previous(|previous| &previous.name)),
        ("previousNamespaces", previous(|previous| &previous.namespace)),
        ("prefixes", resource.prefixes.join(",")),
        ("suffixes", resource.suffixes.join(",")),
        ("needsHashSuffix", if resource.needs_hash { "enabled".to_owned() } else { String::new() }),
        ("generatorBehavior", if resource.is_generated { "unspecified".to_owned() } else { String::new() }),
    ];
    let own = marks.into_iter().map(|(name, text)| (format!("{PREFIX}{name}"), text));
    let origin = resource.origin.iter().map(|text| (ORIGIN.to_owned(), text.clone()));
    own.chain(origin).filter(|(_, text)| !text.is_empty()).collect()
}

/// Whether the mark of the origin is still among the annotations.
pub(super) fn keeps_origin(object: &mut Value) -> bool {
    annotations(object, false).is_some_and(|annotations| annotations.contains_key(ORIGIN))
}

/// The annotations of an object; created where there are none and something is to be put in.
pub(super) fn annotations(object: &mut Value, create: bool) -> Option<&mut Map<String, Value>> {
    let metadata = object.get_mut("metadata")?.as_object_mut()?;
    if create && metadata.get("annotations").is_none_or(Value::is_null) {
        metadata.insert("annotations".to_owned(), Value::Object(Map::new()));
    }
    metadata.get_mut("annotations")?.as_object_mut()
}
