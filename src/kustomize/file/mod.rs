//! The `kustomization.yaml` file: its fields, read strictly.

mod entries;
mod fields;
mod variables;

use std::rc::Rc;

use serde_json::Value;

use crate::kustomize::error::{BuildError, IGNORED, Location, Unsupported};
use crate::kustomize::place::{Place, SourceFile};
use crate::kustomize::reader::{Fields, Node};
use crate::yaml::{self, Reading, YamlError};

use self::entries::{at, at_strings, build_metadata, generator, generator_options, label, order, patch};
pub(in crate::kustomize) use self::entries::{
    generator_fields, image, patch_fields, replacement, replacement_entry, replica, selector,
};
pub(in crate::kustomize) use self::fields::{
    At, FieldOptions, Generator, GeneratorOptions, Image, Label, Order, Patch, Replacement, ReplacementEntry,
    ReplacementSource, ReplacementTarget, Selector,
};
pub(in crate::kustomize) use self::variables::Variable;
use self::variables::variable;

type Result<T> = std::result::Result<T, BuildError>;

/// The names a kustomization file may have.
pub(in crate::kustomize) const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Fields that kustomize knows and this engine does not act on, and what they stand for.
const UNSUPPORTED: [(&str, &str); 3] = [
    ("helmCharts", "inflation of Helm charts"),
    ("helmGlobals", "inflation of Helm charts"),
    ("helmChartInflationGenerator", "inflation of Helm charts"),
];

/// A kustomization file.
#[derive(Clone, Debug)]
pub(in crate::kustomize) struct KustomizationFile {
    pub(in crate::kustomize) place: Place,
    pub(in crate::kustomize) is_component: bool,
    pub(in crate::kustomize) resources: Vec<At<String>>,
    pub(in crate::kustomize) components: Vec<At<String>>,
    pub(in crate::kustomize) patches: Vec<At<Patch>>,
    pub(in crate::kustomize) patches_json6902: Vec<At<Patch>>,
    pub(in crate::kustomize) patches_strategic_merge: Vec<At<String>>,
    pub(in crate::kustomize) images: Vec<At<Image>>,
    pub(in crate::kustomize) labels: Vec<At<Label>>,
    pub(in crate::kustomize) common_labels: Vec<(String, String)>,
    pub(in crate::kustomize) common_annotations: Vec<(String, String)>,
    pub(in crate::kustomize) namespace: String,
    pub(in crate::kustomize) name_prefix: String,
    pub(in crate::kustomize) name_suffix: String,
    pub(in crate::kustomize) replicas: Vec<At<(String, i64)>>,
    pub(in crate::kustomize) config_maps: Vec<At<Generator>>,
    pub(in crate::kustomize) secrets: Vec<At<Generator>>,
    pub(in crate::kustomize) generator_options: Option<GeneratorOptions>,
    pub(in crate::kustomize) replacements: Vec<At<ReplacementEntry>>,
    pub(in crate::kustomize) configurations: Vec<At<String>>,
    pub(in crate::kustomize) crds: Vec<At<String>>,
    pub(in crate::kustomize) variables: Vec<At<Variable>>,
    /// `openapi.path`
    pub(in crate::kustomize) schema_path: Option<At<String>>,
    /// `openapi.version`
    pub(in crate::kustomize) schema_version: Option<At<String>>,
    pub(in crate::kustomize) generators: Vec<At<String>>,
    pub(in crate::kustomize) transformers: Vec<At<String>>,
    pub(in crate::kustomize) validators: Vec<At<String>>,
    pub(in crate::kustomize) order: Option<Order>,
    pub(in crate::kustomize) build_metadata: Vec<String>,
    pub(in crate::kustomize) warnings: Vec<String>,
    pub(in crate::kustomize) unsupported: Vec<Unsupported>,
}

impl KustomizationFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Bad YAML, unknown fields, fields of the wrong type, an empty file.
    pub(in crate::kustomize) fn parse(file: Rc<SourceFile>) -> Result<Self> {
        let place = Place::root(Rc::clone(&file));
        let at = |line| Location { line: Some(line), ..place.location() };
        let not_yaml = |error: YamlError| BuildError::Invalid { location: at(error.line), message: error.message };
        let first = yaml::first(&file.text).map_err(not_yaml)?;
        let Some(root) = first.root else { return Err(place.error("the file is empty")) };
        let value = root.read(Reading::Yaml11).map_err(not_yaml)?;
        // A file that says no more than what it is counts as empty, too.
        let says_nothing = |(name, value): (&String, &Value)| {
            name.eq_ignore_ascii_case("apiVersion")
                || name.eq_ignore_ascii_case("kind")
                || value.is_null()
                || value == ""
        };
        if value.is_null() || value.as_object().is_some_and(|fields| fields.iter().all(says_nothing)) {
            return Err(place.error("the file is empty"));
        }
        let mut read = Self::read(&Node::new(&value, place.clone()))?;
        for (path, line) in root.repeated_keys() {
            let key = path.last().map_or("", String::as_str);
            read.warnings.push(format!("{}: the key `{key}` is there twice; kustomize takes the last", at(line)));
        }
        read.warnings.extend(first.ignored.map(|line| format!("{}: {IGNORED}", at(line))));
        Ok(read)
    }

    fn read(node: &Node<'_>) -> Result<Self> {
        let mut fields = node.fields()?;
        let is_component = is_component(&mut fields)?;
        let warnings = deprecations(&mut fields);
        let unsupported = unsupported(&mut fields);
        let mut openapi = fields.take("openapi").map(|node| node.fields()).transpose()?;
        let mut of_openapi = |name: &'static str| {
            let node = openapi.as_mut().and_then(|fields| fields.take(name));
            node.map(|node| at(&node, |node| node.string())).transpose()
        };
        let (schema_path, schema_version) = (of_openapi("path")?, of_openapi("version")?);
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
            configurations: at_strings(&mut fields, "configurations")?,
            crds: at_strings(&mut fields, "crds")?,
            variables: fields.each("vars", |node| at(node, variable))?,
            schema_path,
            schema_version,
            generators: at_strings(&mut fields, "generators")?,
            transformers: at_strings(&mut fields, "transformers")?,
            validators: at_strings(&mut fields, "validators")?,
            order: fields.take("sortOptions").map(|node| order(&node)).transpose()?,
            build_metadata: build_metadata(&mut fields)?,
            warnings,
            unsupported,
        };
        fields.finish()?;
        Ok(file)
    }
}

/// Whether the file is a Component, once it says of what kind it is as kustomize wants it.
fn is_component(fields: &mut Fields<'_>) -> Result<bool> {
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
        check_metadata(metadata.fields()?)?;
    }
    Ok(is_component)
}

/// What kustomize itself warns of.
fn deprecations(fields: &mut Fields<'_>) -> Vec<String> {
    let replaced = [
        ("bases", "resources"),
        ("imageTags", "images"),
        ("commonLabels", "labels"),
        ("patchesJson6902", "patches"),
        ("patchesStrategicMerge", "patches"),
        ("vars", "replacements"),
    ];
    let used = replaced.into_iter().filter(|(old, _)| fields.take(old).is_some()).collect::<Vec<_>>();
    let path = &fields.place.file.path;
    used.into_iter().map(|(old, new)| format!("`{old}` in `{path}` is deprecated in favour of `{new}`")).collect()
}

fn unsupported(fields: &mut Fields<'_>) -> Vec<Unsupported> {
    let used = UNSUPPORTED.into_iter().filter_map(|(name, what)| {
        let node = fields.take(name).filter(|node| !is_empty(node.value))?;
        Some(Unsupported { location: node.place.location(), what: what.to_owned() })
    });
    used.collect()
}

/// Kustomize reads a few fields of the metadata, and makes no use of them.
fn check_metadata(mut fields: Fields<'_>) -> Result<()> {
    fields.string("name")?;
    fields.string("namespace")?;
    fields.string_map("labels")?;
    fields.string_map("annotations")?;
    fields.finish()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
