//! `images`: names, tags and digests of container images.

use serde_json::Value;

use crate::kustomize::error::BuildError;
use crate::kustomize::field_spec::{FieldSpec, Missing, visit};
use crate::kustomize::file::{At, Image};
use crate::kustomize::load::Loader;
use crate::kustomize::resource::Resource;
use crate::kustomize::selector::expression;

/// Changes the images that an entry names, in every `containers` and `initContainers` and in the fields given.
pub(in crate::kustomize) fn set_images(
    loader: &Loader<'_>,
    resources: &mut [Resource],
    entry: &At<Image>,
    fields: &[FieldSpec],
) -> Result<(), BuildError> {
    let image = &entry.value;
    let pattern = format!("^{}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$", image.name);
    let pattern = expression(&pattern)
        .map_err(|_| entry.place.key("name").error(format!("`{}` is not a regular expression", image.name)))?;
    let size = image.new_name.len() + image.new_tag.len() + image.digest.len() + image.tag_suffix.len();
    for resource in resources.iter_mut().filter(|resource| resource.kind() != "CustomResourceDefinition") {
        let id = resource.id();
        loader.charge(size, &entry.place)?;
        let mut set = |value: &mut Value| {
            if value.is_array() || value.is_object() {
                return Err("an image is expected to be text".to_owned());
            }
            if let Some(text) = value.as_str().filter(|text| pattern.is_match(text)) {
                *value = changed(text, image).into();
                loader.charge(size, &entry.place).map_err(|error| error.to_string())?;
            }
            Ok(())
        };
        let wrong = |message: String| entry.place.error(format!("cannot set images of {id}: {message}"));
        everywhere(&mut resource.object, &mut set).map_err(wrong)?;
        for spec in fields {
            if !spec.selects(resource) {
                continue;
            }
            visit(&mut resource.object, &spec.path, Missing::Skip, &mut set).map_err(wrong)?;
        }
    }
    Ok(())
}

/// Finds the containers anywhere in an object, so also in custom resources.
fn everywhere(value: &mut Value, set: &mut dyn FnMut(&mut Value) -> Result<(), String>) -> Result<(), String> {
    match value {
        Value::Array(list) => list.iter_mut().try_for_each(|element| everywhere(element, set)),
        Value::Object(map) => map.iter_mut().try_for_each(|(key, value)| {
            everywhere(value, set)?;
            if !matches!(key.as_str(), "containers" | "initContainers") {
                return Ok(());
            }
            let containers = value.as_array_mut().into_iter().flatten();
            containers.filter_map(|container| container.get_mut("image")).try_for_each(&mut *set)
        }),
        _ => Ok(()),
    }
}

fn changed(text: &str, image: &Image) -> String {
    let (name, tag, digest) = split(text);
    let name = if image.new_name.is_empty() { name } else { &image.new_name };
    let (tag, digest) = match (image.new_tag.as_str(), image.digest.as_str()) {
        ("", "") if image.tag_suffix.is_empty() => (tag.to_owned(), digest),
        ("", "") => (format!("{tag}{}", image.tag_suffix), ""),
        (new_tag, new_digest) => (new_tag.to_owned(), new_digest),
    };
    let mut changed = name.to_owned();
    if !tag.is_empty() {
        changed.push(':');
        changed.push_str(&tag);
    }
    if !digest.is_empty() {
        changed.push('@');
        changed.push_str(digest);
    }
    changed
}

/// Name, tag and digest. A colon before the first slash belongs to a port.
fn split(text: &str) -> (&str, &str, &str) {
    let from = text.find('/').unwrap_or(0);
    let at = text[from..].find('@').map(|index| index + from);
    let colon = text[from..].find(':').map(|index| index + from).filter(|colon| at.is_none_or(|at| *colon < at));
    match (colon, at) {
        (None, None) => (text, "", ""),
        (None, Some(at)) => (&text[..at], "", &text[at + 1..]),
        (Some(colon), None) => (&text[..colon], &text[colon + 1..], ""),
        (Some(colon), Some(at)) => (&text[..colon], &text[colon + 1..at], &text[at + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_image() {
        assert_eq!(split("ghcr.io/a/b:v1"), ("ghcr.io/a/b", "v1", ""));
        assert_eq!(split("localhost:5000/b"), ("localhost:5000/b", "", ""));
        assert_eq!(split("a@sha256:12"), ("a", "", "sha256:12"));
        assert_eq!(split("h:1/a:v1@sha256:12"), ("h:1/a", "v1", "sha256:12"));
    }

    #[test]
    fn a_new_tag_or_digest_replaces_both() {
        let image = |tag: &str, digest: &str| Image { new_tag: tag.into(), digest: digest.into(), ..Image::default() };
        assert_eq!(changed("a:1@sha256:1", &image("2", "")), "a:2");
        assert_eq!(changed("a:1", &image("", "sha256:2")), "a@sha256:2");
        assert_eq!(changed("a:1", &Image { new_name: "b".into(), ..Image::default() }), "b:1");
        assert_eq!(changed("a:1", &Image { tag_suffix: "-x".into(), ..Image::default() }), "a:1-x");
    }
}
