//! `ValueAddTransformer`: writes one value into fields, or into paths that stand in fields.

use serde_json::Value;

use super::plugin::Plugin;
use crate::kustomize::error::BuildError;
use crate::kustomize::field_path::{Create, plain, text_of, visit};
use crate::kustomize::field_spec::split;
use crate::kustomize::file::{At, Selector, selector as read_selector};
use crate::kustomize::load::Loader;
use crate::kustomize::reader::Node;
use crate::kustomize::resource::Resource;
use crate::kustomize::selector::Matcher;
use crate::kustomize::transform::{Move, Subjects, move_one};
use crate::yaml;

type Result<T> = std::result::Result<T, BuildError>;

/// One entry of `targets`.
struct Target {
    selector: Option<At<Selector>>,
    path: String,
    /// Where in a path the value goes, from 1; 0 to replace the whole text.
    position: usize,
}

pub(super) fn add_value(
    loader: &Loader<'_>,
    directory: &str,
    resources: &mut [Resource],
    plugin: &Plugin,
) -> Result<()> {
    let mut fields = plugin.fields()?;
    let given = fields.string("value")?;
    let value = match given.trim() {
        "" => directory.rsplit('/').next().unwrap_or_default(),
        value => value,
    };
    let mut targets = fields.each("targets", target)?;
    let file = fields.string("targetFilePath")?;
    if !file.is_empty() {
        let path = loader.path(directory, &file, &plugin.place)?;
        let text = loader.text(&path, Some(&plugin.place))?;
        let content = yaml::parse_one(&text.text).map_err(|error| plugin.error(format!("`{path}`: {error}")))?;
        targets.extend(Node::new(&content, plugin.place.clone()).fields()?.each("targets", target)?);
    }
    if value.is_empty() || targets.is_empty() {
        return Err(plugin.error("a value and at least one target are needed"));
    }
    for target in targets {
        let matcher = target
            .selector
            .map(|selector| Matcher::new(&selector.value).map_err(|message| selector.place.error(message)));
        let matcher = matcher.transpose()?;
        for resource in resources.iter_mut().filter(|one| matcher.as_ref().is_none_or(|matcher| matcher.selects(one))) {
            loader.charge(value.len() + target.path.len(), &plugin.place)?;
            write(resource, value, &target.path, target.position)
                .map_err(|message| plugin.error(format!("`{}` of {}: {message}", target.path, resource.id())))?;
        }
    }
    Ok(())
}

fn target(node: &Node<'_>) -> Result<Target> {
    let mut fields = node.fields()?;
    let selector = fields.take("selector");
    let path = fields.string("fieldPath")?;
    if path.is_empty() {
        return Err(node.place.error("`fieldPath` is missing"));
    }
    let position = fields.take("filePathPosition").map_or(Ok(0), |node| node.integer())?;
    Ok(Target {
        selector: selector
            .map(|node| Ok(At { value: read_selector(&node)?, place: node.place.clone() }))
            .transpose()?,
        path,
        position: usize::try_from(position).map_err(|_| node.place.error("`filePathPosition` is negative"))?,
    })
}

fn write(resource: &mut Resource, value: &str, path: &str, position: usize) -> std::result::Result<(), String> {
    if path == "metadata/namespace" {
        let to = Move { namespace: value, fields: &[], unset_only: false, subjects: Subjects::Default };
        return move_one(resource, &to);
    }
    let parts = split(path, '/');
    visit(&mut resource.object, &parts, Create::new(true, &Value::Null), &mut |field, _| {
        let old = text_of(field).ok_or("a scalar is expected")?;
        let old = if field.is_null() { String::new() } else { old };
        let new = if position == 0 { value.to_owned() } else { inserted(&old, position - 1, value) };
        *field = if field.is_string() { new.into() } else { plain(&new) };
        Ok(())
    })
}

/// A path with one more part, which goes to an end where it is shorter; an absolute path stays one.
fn inserted(path: &str, position: usize, part: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_inserted_into_paths() {
        for (path, position, expected) in [
            ("", 0, "P"),
            ("/", 0, "/P"),
            ("pie", 0, "P/pie"),
            ("/pie", 0, "/P/pie"),
            ("raw", 1, "raw/P"),
            ("/a/nice/warm/pie", 3, "/a/nice/warm/P/pie"),
            ("a/b", 9, "a/b/P"),
            ("./a", 0, "P/a"),
        ] {
            assert_eq!(inserted(path, position, "P"), expected, "{path}");
        }
    }
}
