//! Transformers configured by objects of their own.

use super::plugin::Plugin;
use super::value_add::add_value;
use crate::kustomize::config::field_specs;
use crate::kustomize::error::BuildError;
use crate::kustomize::file::{At, Patch, image, patch_fields, replacement_entry, replica, selector};
use crate::kustomize::generators;
use crate::kustomize::load::Loader;
use crate::kustomize::names::{Affix, affix};
use crate::kustomize::patch;
use crate::kustomize::reader::Node;
use crate::kustomize::replacements::replace;
use crate::kustomize::resource::Resource;
use crate::kustomize::transform::{Move, Subjects, set_all, set_images, set_namespace, set_replicas};

type Result<T> = std::result::Result<T, BuildError>;

/// Changes the objects as a transformer is configured to.
///
/// # Errors
/// No transformer of kustomize itself, a mistake in its configuration, whatever it cannot do.
pub(in crate::kustomize) fn transform(
    loader: &Loader<'_>,
    directory: &str,
    resources: &mut Vec<Resource>,
    plugin: &Plugin,
) -> Result<()> {
    let mut fields = plugin.fields()?;
    match plugin.kind()? {
        kind @ ("AnnotationsTransformer" | "LabelTransformer") => {
            let name = if kind == "LabelTransformer" { "labels" } else { "annotations" };
            let pairs = fields.string_map(name)?;
            set_all(loader, resources, &pairs, &field_specs(&mut fields, "fieldSpecs")?, &plugin.place)
        }
        kind @ ("PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer") => {
            affixes(loader, resources, plugin, kind)
        }
        "NamespaceTransformer" => namespace(loader, resources, plugin),
        "ImageTagTransformer" => {
            let image = fields.take("imageTag").map_or(Ok(Default::default()), |node| image(&node))?;
            let entry = At { value: image, place: plugin.place.clone() };
            set_images(loader, resources, &entry, &field_specs(&mut fields, "fieldSpecs")?)
        }
        "ReplicaCountTransformer" => {
            let count = fields.take("replica").map_or(Ok(Default::default()), |node| replica(&node))?;
            let entry = At { value: count, place: plugin.place.clone() };
            set_replicas(resources, &entry, &field_specs(&mut fields, "fieldSpecs")?)
        }
        "PatchTransformer" => {
            let entry = At { value: patch_fields(&mut fields)?, place: plugin.place.clone() };
            patch::apply(loader, directory, resources, &entry)
        }
        "PatchJson6902Transformer" => {
            let target =
                fields.take("target").map(|node| Ok(At { value: selector(&node)?, place: node.place.clone() }));
            let value = Patch {
                path: fields.string("path")?,
                text: fields.string("jsonOp")?,
                target: target.transpose()?,
                allow_name_change: false,
                allow_kind_change: false,
            };
            patch::apply_json6902(loader, directory, resources, &At { value, place: plugin.place.clone() })
        }
        "PatchStrategicMergeTransformer" => {
            let mut entries = fields.strings("paths")?;
            entries.extend(Some(fields.string("patches")?).filter(|text| !text.is_empty()));
            if entries.is_empty() {
                return Err(plugin.error("there is no patch"));
            }
            entries.into_iter().try_for_each(|value| {
                patch::apply_strategic(loader, directory, resources, &At { value, place: plugin.place.clone() })
            })
        }
        "ReplacementTransformer" => {
            let at = |node: &Node<'_>| Ok(At { value: replacement_entry(node)?, place: plugin.place.clone() });
            let entries = fields.each("replacements", at)?;
            entries.iter().try_for_each(|entry| replace(loader, directory, resources, entry))
        }
        "ValueAddTransformer" => add_value(loader, directory, resources, plugin),
        "HashTransformer" => {
            generators::add_hashes(resources);
            Ok(())
        }
        kind => Err(plugin.place.error(format!("`{kind}` is no transformer"))),
    }
}

fn affixes(loader: &Loader<'_>, resources: &mut [Resource], plugin: &Plugin, kind: &str) -> Result<()> {
    let mut fields = plugin.fields()?;
    if fields.take("fieldSpecs").is_none() {
        return Err(plugin.error("`fieldSpecs` is missing"));
    }
    let specs = field_specs(&mut fields, "fieldSpecs")?;
    for (of, name, is_prefix) in [("SuffixTransformer", "prefix", true), ("PrefixTransformer", "suffix", false)] {
        if kind == of {
            continue;
        }
        let text = fields.string(name)?;
        affix(loader, resources, &Affix { text: &text, is_prefix, fields: &specs }, &plugin.place)?;
    }
    Ok(())
}

fn namespace(loader: &Loader<'_>, resources: &mut [Resource], plugin: &Plugin) -> Result<()> {
    let mut fields = plugin.fields()?;
    let (_, namespace) = plugin.metadata();
    if namespace.is_empty() {
        return Ok(());
    }
    let subjects = match fields.string("setRoleBindingSubjects")?.as_str() {
        "" | "defaultOnly" => Subjects::Default,
        "allServiceAccounts" => Subjects::ServiceAccounts,
        "none" => Subjects::None,
        other => return Err(plugin.error(format!("`setRoleBindingSubjects` cannot be `{other}`"))),
    };
    let specs = field_specs(&mut fields, "fieldSpecs")?;
    let to = Move { namespace: &namespace, fields: &specs, unset_only: fields.boolean("unsetOnly")?, subjects };
    set_namespace(loader, resources, &to, &plugin.place)
}
