//! The build itself: what is read, in which order it is changed, and what is left at the end.

use serde_json::Value;

use super::accumulate::{accumulate, read};
use super::accumulated::Accumulated;
use super::edit::Edit;
use super::error::{BuildError, Unsupported};
use super::field_spec::FieldSpec;
use super::folder::Folder;
use super::input::{FileTree, Options};
use super::load::Loader;
use super::place::Place;
use super::resource::Resource;
use super::transform::set_all;
use super::{generators, names, order, origin};

type Result<T> = std::result::Result<T, BuildError>;

/// A finished overlay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Build {
    /// The objects in kustomize's order. Encrypted ones are among them, see [`super::is_encrypted`].
    pub objects: Vec<Value>,
    /// Deprecated fields and the like: one phrase each, naming the file.
    pub warnings: Vec<String>,
    /// What kustomize would do and this build left out. The objects are incomplete unless this is empty.
    pub unsupported: Vec<Unsupported>,
    /// Who changed the fields that are watched, in order.
    pub(crate) edits: Vec<Edit>,
}

/// Annotations that kustomize keeps for itself, so they never come out.
const OWN_ANNOTATIONS: [&str; 20] = [
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    origin::ORIGIN,
    origin::TRANSFORMATIONS,
];

/// Builds a folder; see [`super::build()`].
pub(super) fn run(tree: &dyn FileTree, directory: &str, options: Options) -> Result<Build> {
    let loader = Loader::new(tree, options);
    let result = objects(&loader, directory);
    let mut warnings = loader.warnings.take();
    let unsupported = loader.unsupported.take();
    let objects = match result {
        // What was left out may be what a later step misses.
        Err(error @ BuildError::Invalid { .. }) if !unsupported.is_empty() => {
            warnings.push(error.to_string());
            Vec::new()
        }
        result => result?,
    };
    Ok(Build { objects, warnings, unsupported, edits: loader.edits.take() })
}

fn objects(loader: &Loader<'_>, directory: &str) -> Result<Vec<Value>> {
    let mut gathered = Accumulated::default();
    let root = read(loader, &loader.kustomization_path(directory)?, None)?;
    accumulate(loader, &root, &Folder::outermost(directory, &root.build_metadata), &mut gathered)?;
    let mut resources = settle(loader, gathered, &root.place)?;
    if let Some(nameless) = resources.iter().find(|resource| resource.name().is_empty()) {
        return Err(root.place.error(format!("a {} is left without a name", nameless.kind())));
    }
    order::sort(&mut resources, root.order.as_ref());
    if root.build_metadata.iter().any(|option| option == "managedByLabel") {
        let pairs = [("app.kubernetes.io/managed-by".to_owned(), origin::MANAGED_BY.to_owned())];
        let labels = [FieldSpec::new("", "", "", "metadata/labels", true)];
        set_all(loader, &mut resources, &pairs, &labels, &root.place.key("buildMetadata"))?;
    }
    Ok(finish(resources, &root.build_metadata))
}

/// What is done once, when all objects are there.
fn settle(loader: &Loader<'_>, gathered: Accumulated, place: &Place) -> Result<Vec<Resource>> {
    let config = gathered.config();
    let Accumulated { mut resources, variables, .. } = gathered;
    generators::add_hashes(&mut resources);
    names::fix_references(loader, &mut resources, &config.name_reference, place)?;
    variables.replace(loader, &mut resources, &config.var_reference, place)?;
    drop_local(&mut resources);
    let schemas = loader.schemas();
    for resource in &resources {
        let place = schemas.own.as_ref().and_then(|own| own.scope_of(resource.api_version(), resource.kind()));
        if let Some(place) = place {
            let what = format!("a schema that takes {} out of all namespaces", resource.kind());
            loader.unsupported.borrow_mut().push(Unsupported { location: place.location(), what });
        }
    }
    Ok(resources)
}

/// Leaves out what is marked as meant for other tools.
fn drop_local(resources: &mut Vec<Resource>) {
    resources.retain(|resource| {
        let local = resource.annotations().into_iter().find(|(key, _)| key == "config.kubernetes.io/local-config");
        local.is_none_or(|(_, value)| value == "false")
    });
}

/// The objects as they come out: without kustomize's own annotations, but with those asked for.
fn finish(resources: Vec<Resource>, build_metadata: &[String]) -> Vec<Value> {
    let wants = |option: &str| build_metadata.iter().any(|wanted| wanted == option);
    resources
        .into_iter()
        .map(|mut resource| {
            let mut annotations = resource.annotations();
            annotations.retain(|(key, _)| !OWN_ANNOTATIONS.contains(&key.as_str()));
            if let Some(origin) = resource.origin.take().filter(|_| wants("originAnnotations")) {
                annotations.push((origin::ORIGIN.to_owned(), origin));
            }
            if wants("transformerAnnotations") && !resource.transformations.is_empty() {
                annotations.push((origin::TRANSFORMATIONS.to_owned(), resource.transformations.concat()));
            }
            resource.set_string_map("annotations", annotations);
            resource.object
        })
        .collect()
}
