//! The `kustomization.yaml` file: its fields, read strictly.

use std::rc::Rc;

use serde_json::Value;

use super::error::{BuildError, Unsupported};
use super::field_spec::FieldSpec;
use super::place::{Place, SourceFile};
use super::reader::{Fields, Node};
use super::resource::Behavior;
use crate::manifests::yaml;

type Result<T> = std::result::Result<T, BuildError>;

/// The names a kustomization file may have.
pub(super) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Fields that kustomize knows and this engine does not act on, and what they stand for.
const UNSUPPORTED: [(&str, &str); 10] = [
    ("openapi", "a schema of one's own"),
    ("crds", "reading schemas from custom resource definitions"),
    ("vars", "substitution of variables (replacements do the same)"),
    ("configurations", "configuration of transformers"),
    ("generators", "generator plugins"),
    ("transformers", "transformer plugins"),
    ("validators", "validator plugins"),
    ("helmCharts", "inflation of Helm charts"),
    ("helmGlobals", "inflation of Helm charts"),
    ("helmChartInflationGenerator", "inflation of Helm charts"),
];

/// A field's value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// Chooses objects. All of them regular expressions over the whole text; empty ones match anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) labels: String,
    pub(super) annotations: String,
}

/// One entry of `patches`, `patchesJson6902` or `patchesStrategicMerge`.
#[derive(Clone, Debug)]
pub(super) struct Patch {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) target: Option<At<Selector>>,
    pub(super) allow_name_change: bool,
    pub(super) allow_kind_change: bool,
}

/// One entry of `images`.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    pub(super) name: String,
    pub(super) new_name: String,
    pub(super) new_tag: String,
    pub(super) tag_suffix: String,
    pub(super) digest: String,
}

/// One entry of `labels`.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) pairs: Vec<(String, String)>,
    pub(super) include_selectors: bool,
    pub(super) include_templates: bool,
    pub(super) fields: Vec<FieldSpec>,
}

/// How generated objects look.
#[derive(Clone, Debug, Default)]
pub(super) struct GeneratorOptions {
    pub(super) labels: Vec<(String, String)>,
    pub(super) annotations: Vec<(String, String)>,
    pub(super) disable_name_suffix_hash: bool,
    pub(super) immutable: bool,
}

/// One entry of `configMapGenerator` or `secretGenerator`.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) behavior: Behavior,
    pub(super) literals: Vec<At<String>>,
    pub(super) files: Vec<At<String>>,
    pub(super) envs: Vec<At<String>>,
    pub(super) options: GeneratorOptions,
    /// Only for Secrets; empty for the default.
    pub(super) secret_type: String,
}

/// How a replacement reads and writes a field.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldOptions {
    pub(super) delimiter: String,
    pub(super) index: i64,
    pub(super) create: bool,
}

/// Where a replacement writes.
#[derive(Clone, Debug)]
pub(super) struct ReplacementTarget {
    pub(super) select: Selector,
    pub(super) reject: Vec<Selector>,
    pub(super) field_paths: Vec<String>,
    pub(super) options: FieldOptions,
}

/// Where a replacement reads. The identity is compared literally, empty parts match anything.
#[derive(Clone, Debug)]
pub(super) struct ReplacementSource {
    pub(super) id: Selector,
    pub(super) field_path: String,
    pub(super) options: FieldOptions,
}

/// One replacement.
#[derive(Clone, Debug)]
pub(super) struct Replacement {
    pub(super) source: Option<ReplacementSource>,
    pub(super) source_value: Option<String>,
    pub(super) targets: Vec<At<ReplacementTarget>>,
}

/// One entry of `replacements`: inline, or a file of them.
#[derive(Clone, Debug)]
pub(super) enum ReplacementEntry {
    Inline(Box<Replacement>),
    Path(String),
}

/// The order of the result.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Fifo,
    Legacy { first: Option<Vec<String>>, last: Option<Vec<String>> },
}

/// A kustomization file.
#[derive(Clone, Debug)]
pub(super) struct KustomizationFile {
    pub(super) place: Place,
    pub(super) is_component: bool,
    pub(super) resources: Vec<At<String>>,
    pub(super) components: Vec<At<String>>,
    pub(super) patches: Vec<At<Patch>>,
    pub(super) patches_json6902: Vec<At<Patch>>,
    pub(super) patches_strategic_merge: Vec<At<String>>,
    pub(super) images: Vec<At<Image>>,
    pub(super) labels: Vec<At<Label>>,
    pub(super) common_labels: Vec<(String, String)>,
    pub(super) common_annotations: Vec<(String, String)>,
    pub(super) namespace: String,
    pub(super) name_prefix: String,
    pub(super) name_suffix: String,
    pub(super) replicas: Vec<At<(String, i64)>>,
    pub(super) config_maps: Vec<At<Generator>>,
    pub(super) secrets: Vec<At<Generator>>,
    pub(super) generator_options: Option<GeneratorOptions>,
    pub(super) replacements: Vec<At<ReplacementEntry>>,
    pub(super) order: Option<Order>,
    pub(super) build_metadata: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) unsupported: Vec<Unsupported>,
}

impl KustomizationFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Bad YAML, unknown fields, fields of the wrong type, an empty file.
    pub(super) fn parse(file: Rc<SourceFile>) -> Result<Self> {
        let place = Place::root(Rc::clone(&file));
        let value = yaml::parse_one(&file.text).map_err(|error| {
            let mut location = place.location();
            location.line = Some(error.line);
            BuildError::Invalid { location, message: error.message }
        })?;
        if value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty) {
            return Err(place.error("the file is empty"));
        }
        Self::read(&Node::new(&value, place))
    }

    fn read(node: &Node<'_>) -> Result<Self> {
        let mut fields = node.fields()?;
        let kind = fields.string("kind")?;
        let api_version = fields.string("apiVersion")?;
        let is_component = kind == "Component";
        if !matches!(kind.as_str(), "" | "Kustomization" | "Component") {
            return Err(fields.place.key("kind").error(format!("`{kind}` is neither `Kustomization` nor `Component`")));
        }
        let version = if is_component { "kustomize.config.k8s.io/v1alpha1" } else { "kustomize.config.k8s.io/v1beta1" };
        if !api_version.is_empty() && api_version != version {
            return Err(fields.place.key("apiVersion").error(format!("`{api_version}` should be `{version}`")));
        }
        if let Some(metadata) = fields.take("metadata") {
            metadata.fields()?;
        }
        let mut warnings = Vec::new();
        for (old, new) in [
            ("bases", "resources"),
            ("imageTags", "images"),
            ("commonLabels", "labels"),
            ("patchesJson6902", "patches"),
            ("patchesStrategicMerge", "patches"),
        ] {
            if fields.take(old).is_some() {
                warnings.push(format!("`{old}` in `{}` is deprecated in favour of `{new}`", fields.place.file.path));
            }
        }
        let mut unsupported = Vec::new();
        for (name, what) in UNSUPPORTED {
            if let Some(node) = fields.take(name).filter(|node| !is_empty(node.value)) {
                unsupported.push(Unsupported { location: node.place.location(), what: what.to_owned() });
            }
        }
        let mut resources = at_strings(&mut fields, "resources")?;
        resources.extend(at_strings(&mut fields, "bases")?);
        let mut images = fields.each("images", |node| at(node, image))?;
        images.extend(fields.each("imageTags", |node| at(node, image))?);
        let file = Self {
            place: node.place.clone(),
            is_component,
            resources,
            components: at_strings(&mut fields, "components")?,
            patches: fields.each("patches", |node| at(node, patch))?,
            patches_json6902: fields.each("patchesJson6902", |node| at(node, patch))?,
            patches_strategic_merge: at_strings(&mut fields, "patchesStrategicMerge")?,
            images,
            labels: fields.each("labels", |node| at(node, label))?,
            common_labels: fields.string_map("commonLabels")?,
            common_annotations: fields.string_map("commonAnnotations")?,
            namespace: fields.string("namespace")?,
            name_prefix: fields.string("namePrefix")?,
            name_suffix: fields.string("nameSuffix")?,
            replicas: fields.each("replicas", |node| at(node, replica))?,
            config_maps: fields.each("configMapGenerator", |node| at(node, |node| generator(node, false)))?,
            secrets: fields.each("secretGenerator", |node| at(node, |node| generator(node, true)))?,
            generator_options: fields.take("generatorOptions").map(|node| generator_options(&node)).transpose()?,
            replacements: fields.each("replacements", |node| at(node, replacement_entry))?,
            order: fields.take("sortOptions").map(|node| order(&node)).transpose()?,
            build_metadata: build_metadata(&mut fields)?,
            warnings,
            unsupported,
        };
        fields.finish()?;
        Ok(file)
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn at<T>(node: &Node<'_>, read: impl Fn(&Node<'_>) -> Result<T>) -> Result<At<T>> {
    Ok(At { value: read(node)?, place: node.place.clone() })
}

fn at_strings(fields: &mut Fields<'_>, name: &'static str) -> Result<Vec<At<String>>> {
    fields.each(name, |node| at(node, |node| node.string()))
}

fn build_metadata(fields: &mut Fields<'_>) -> Result<Vec<String>> {
    fields.each("buildMetadata", |node| {
        let option = node.string()?;
        if matches!(option.as_str(), "originAnnotations" | "transformerAnnotations" | "managedByLabel") {
            Ok(option)
        } else {
            Err(node.place.error(format!("`{option}` is no build option of kustomize")))
        }
    })
}

fn selector(node: &Node<'_>) -> Result<Selector> {
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

fn patch(node: &Node<'_>) -> Result<Patch> {
    let mut fields = node.fields()?;
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
    fields.finish()?;
    Ok(patch)
}

fn image(node: &Node<'_>) -> Result<Image> {
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

fn label(node: &Node<'_>) -> Result<Label> {
    let mut fields = node.fields()?;
    let label = Label {
        pairs: fields.string_map("pairs")?,
        include_selectors: fields.boolean("includeSelectors")?,
        include_templates: fields.boolean("includeTemplates")?,
        fields: fields.each("fields", |node| {
            let mut fields = node.fields()?;
            let spec = FieldSpec {
                group: fields.string("group")?,
                version: fields.string("version")?,
                kind: fields.string("kind")?,
                path: fields.string("path")?,
                create: fields.boolean("create")?,
            };
            fields.finish()?;
            Ok(spec)
        })?,
    };
    fields.finish()?;
    Ok(label)
}

fn replica(node: &Node<'_>) -> Result<(String, i64)> {
    let mut fields = node.fields()?;
    let name = fields.string("name")?;
    let count = fields.take("count").map_or(Ok(0), |node| node.integer())?;
    fields.finish()?;
    Ok((name, count))
}

fn generator_options(node: &Node<'_>) -> Result<GeneratorOptions> {
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

fn generator(node: &Node<'_>, is_secret: bool) -> Result<Generator> {
    let mut fields = node.fields()?;
    let name = fields.string("name")?;
    if name.is_empty() {
        return Err(node.place.error("`name` is missing"));
    }
    let behavior = match fields.string("behavior")?.as_str() {
        "replace" => Behavior::Replace,
        "merge" => Behavior::Merge,
        "" | "create" => Behavior::Create,
        other => {
            let place = node.place.key("behavior");
            return Err(place.error(format!("`{other}` is none of `create`, `replace`, `merge`")));
        }
    };
    let mut envs = at_strings(&mut fields, "envs")?;
    if let Some(env) = fields.take("env") {
        envs.push(at(&env, |node| node.string())?);
    }
    let generator = Generator {
        name,
        namespace: fields.string("namespace")?,
        behavior,
        literals: at_strings(&mut fields, "literals")?,
        files: at_strings(&mut fields, "files")?,
        envs,
        options: fields.take("options").map_or(Ok(GeneratorOptions::default()), |node| generator_options(&node))?,
        secret_type: if is_secret { fields.string("type")? } else { String::new() },
    };
    fields.finish()?;
    Ok(generator)
}

fn order(node: &Node<'_>) -> Result<Order> {
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

fn replacement_entry(node: &Node<'_>) -> Result<ReplacementEntry> {
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
pub(super) fn replacement(node: &Node<'_>) -> Result<Replacement> {
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
