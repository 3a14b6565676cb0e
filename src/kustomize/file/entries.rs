//! Reading the entries of a kustomization file's lists.

use super::fields::{
    At, FieldOptions, Generator, GeneratorOptions, Image, Label, Order, Patch, Replacement, ReplacementEntry,
    ReplacementSource, ReplacementTarget, Selector,
};
use crate::kustomize::config::field_specs;
use crate::kustomize::error::BuildError;
use crate::kustomize::reader::{Fields, Node};
use crate::kustomize::resource::Behavior;

type Result<T> = std::result::Result<T, BuildError>;

pub(super) fn at<T>(node: &Node<'_>, read: impl Fn(&Node<'_>) -> Result<T>) -> Result<At<T>> {
    Ok(At { value: read(node)?, place: node.place.clone() })
}

pub(super) fn at_strings(fields: &mut Fields<'_>, name: &'static str) -> Result<Vec<At<String>>> {
    fields.each(name, |node| at(node, |node| node.string()))
}

pub(super) fn build_metadata(fields: &mut Fields<'_>) -> Result<Vec<String>> {
    fields.each("buildMetadata", |node| {
        let option = node.string()?;
        if matches!(option.as_str(), "originAnnotations" | "transformerAnnotations" | "managedByLabel") {
            Ok(option)
        } else {
            Err(node.place.error(format!("`{option}` is no build option of kustomize")))
        }
    })
}

/// Reads a selector.
pub(in crate::kustomize) fn selector(node: &Node<'_>) -> Result<Selector> {
    let mut fields = node.fields()?;
    let selector = selector_fields(&mut fields)?;
    fields.finish()?;
    Ok(selector)
}

fn selector_fields(fields: &mut Fields<'_>) -> Result<Selector> {
    Ok(Selector {
        group: fields.string("group")?,
        version: fields.string("version")?,
        kind: fields.string("kind")?,
        name: fields.string("name")?,
        namespace: fields.string("namespace")?,
        labels: fields.string("labelSelector")?,
        annotations: fields.string("annotationSelector")?,
    })
}

pub(super) fn patch(node: &Node<'_>) -> Result<Patch> {
    let mut fields = node.fields()?;
    let patch = patch_fields(&mut fields)?;
    fields.finish()?;
    Ok(patch)
}

/// Reads the fields of a patch; there may be others.
pub(in crate::kustomize) fn patch_fields(fields: &mut Fields<'_>) -> Result<Patch> {
    let mut patch = Patch {
        path: fields.string("path")?,
        text: fields.string("patch")?,
        target: fields.take("target").map(|node| at(&node, selector)).transpose()?,
        allow_name_change: false,
        allow_kind_change: false,
    };
    if let Some(node) = fields.take("options") {
        let mut options = node.fields()?;
        patch.allow_name_change = options.boolean("allowNameChange")?;
        patch.allow_kind_change = options.boolean("allowKindChange")?;
        options.finish()?;
    }
    Ok(patch)
}

pub(in crate::kustomize) fn image(node: &Node<'_>) -> Result<Image> {
    let mut fields = node.fields()?;
    let image = Image {
        name: fields.string("name")?,
        new_name: fields.string("newName")?,
        new_tag: fields.string("newTag")?,
        tag_suffix: fields.string("tagSuffix")?,
        digest: fields.string("digest")?,
    };
    fields.finish()?;
    Ok(image)
}

pub(super) fn label(node: &Node<'_>) -> Result<Label> {
    let mut fields = node.fields()?;
    let label = Label {
        pairs: fields.string_map("pairs")?,
        include_selectors: fields.boolean("includeSelectors")?,
        include_templates: fields.boolean("includeTemplates")?,
        fields: field_specs(&mut fields, "fields")?,
    };
    fields.finish()?;
    Ok(label)
}

pub(in crate::kustomize) fn replica(node: &Node<'_>) -> Result<(String, i64)> {
    let mut fields = node.fields()?;
    let name = fields.string("name")?;
    let count = fields.take("count").map_or(Ok(0), |node| node.integer())?;
    fields.finish()?;
    Ok((name, count))
}

pub(super) fn generator_options(node: &Node<'_>) -> Result<GeneratorOptions> {
    let mut fields = node.fields()?;
    let options = GeneratorOptions {
        labels: fields.string_map("labels")?,
        annotations: fields.string_map("annotations")?,
        disable_name_suffix_hash: fields.boolean("disableNameSuffixHash")?,
        immutable: fields.boolean("immutable")?,
    };
    fields.finish()?;
    Ok(options)
}

pub(super) fn generator(node: &Node<'_>, is_secret: bool) -> Result<Generator> {
    let mut fields = node.fields()?;
    let mut generator = generator_fields(&mut fields, is_secret)?;
    if let Some(env) = fields.take("env") {
        generator.envs.push(at(&env, |node| node.string())?);
    }
    fields.finish()?;
    if generator.name.is_empty() {
        return Err(node.place.error("`name` is missing"));
    }
    Ok(generator)
}

/// Reads the fields of a generator; there may be others, and the name may be missing.
pub(in crate::kustomize) fn generator_fields(fields: &mut Fields<'_>, is_secret: bool) -> Result<Generator> {
    let behavior = match fields.string("behavior")?.as_str() {
        "replace" => Behavior::Replace,
        "merge" => Behavior::Merge,
        "" | "create" => Behavior::Create,
        other => {
            let place = fields.place.key("behavior");
            return Err(place.error(format!("`{other}` is none of `create`, `replace`, `merge`")));
        }
    };
    Ok(Generator {
        name: fields.string("name")?,
        namespace: fields.string("namespace")?,
        behavior,
        literals: at_strings(fields, "literals")?,
        files: at_strings(fields, "files")?,
        envs: at_strings(fields, "envs")?,
        options: fields.take("options").map_or(Ok(GeneratorOptions::default()), |node| generator_options(&node))?,
        secret_type: if is_secret { fields.string("type")? } else { String::new() },
    })
}

pub(super) fn order(node: &Node<'_>) -> Result<Order> {
    let mut fields = node.fields()?;
    let name = fields.string("order")?;
    let legacy = fields.take("legacySortOptions");
    let order = match name.as_str() {
        "fifo" => match &legacy {
            Some(legacy) => return Err(legacy.place.error("only the order `legacy` has options")),
            None => Order::Fifo,
        },
        "legacy" => match &legacy {
            None => Order::Legacy { first: None, last: None },
            Some(legacy) => {
                let mut options = legacy.fields()?;
                let order = Order::Legacy {
                    first: Some(options.strings("orderFirst")?),
                    last: Some(options.strings("orderLast")?),
                };
                options.finish()?;
                order
            }
        },
        other => return Err(node.place.key("order").error(format!("`{other}` is neither `legacy` nor `fifo`"))),
    };
    fields.finish()?;
    Ok(order)
}

pub(in crate::kustomize) fn replacement_entry(node: &Node<'_>) -> Result<ReplacementEntry> {
    let mut fields = node.fields()?;
    let path = fields.string("path")?;
    if path.is_empty() {
        return replacement(node).map(|one| ReplacementEntry::Inline(Box::new(one)));
    }
    if fields.take("source").is_some() || fields.take("targets").is_some() {
        return Err(node.place.error("`path` excludes `source` and `targets`"));
    }
    fields.take("sourceValue");
    fields.finish()?;
    Ok(ReplacementEntry::Path(path))
}

/// Reads one replacement, from the kustomization file or a file of its own.
pub(in crate::kustomize) fn replacement(node: &Node<'_>) -> Result<Replacement> {
    let mut fields = node.fields()?;
    fields.take("path");
    let source = fields.take("source").map(|node| replacement_source(&node)).transpose()?;
    let source_value = fields.take("sourceValue").map(|node| node.string()).transpose()?;
    let has_targets = fields.take("targets").is_some();
    let targets = fields.each("targets", |node| at(node, replacement_target))?;
    fields.finish()?;
    if source.is_some() == source_value.is_some() {
        return Err(node.place.error("exactly one of `source` and `sourceValue` is needed"));
    }
    if !has_targets {
        return Err(node.place.error("`targets` is missing"));
    }
    Ok(Replacement { source, source_value, targets })
}

fn replacement_source(node: &Node<'_>) -> Result<ReplacementSource> {
    let mut fields = node.fields()?;
    let id = Selector {
        group: fields.string("group")?,
        version: fields.string("version")?,
        kind: fields.string("kind")?,
        name: fields.string("name")?,
        namespace: fields.string("namespace")?,
        ..Selector::default()
    };
    let field_path = Some(fields.string("fieldPath")?).filter(|path| !path.is_empty());
    let options = field_options(&mut fields)?;
    fields.finish()?;
    Ok(ReplacementSource { id, field_path: field_path.unwrap_or_else(|| "metadata.name".to_owned()), options })
}

fn replacement_target(node: &Node<'_>) -> Result<ReplacementTarget> {
    let mut fields = node.fields()?;
    let Some(select) = fields.take("select") else { return Err(node.place.error("`select` is missing")) };
    let mut field_paths = fields.strings("fieldPaths")?;
    if field_paths.is_empty() {
        field_paths.push("metadata.name".to_owned());
    }
    let target = ReplacementTarget {
        select: selector(&select)?,
        reject: fields.each("reject", selector)?,
        field_paths,
        options: field_options(&mut fields)?,
    };
    fields.finish()?;
    Ok(target)
}

fn field_options(fields: &mut Fields<'_>) -> Result<FieldOptions> {
    let Some(node) = fields.take("options") else { return Ok(FieldOptions::default()) };
    let mut fields = node.fields()?;
    let options = FieldOptions {
        delimiter: fields.string("delimiter")?,
        index: fields.take("index").map_or(Ok(0), |node| node.integer())?,
        create: fields.boolean("create")?,
    };
    // Kustomize reads it and makes no use of it.
    fields.string("encoding")?;
    fields.finish()?;
    Ok(options)
}
