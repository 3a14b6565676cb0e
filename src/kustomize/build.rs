//! The build itself: what is read, in which order it is changed, and what is left at the end.

use serde_json::Value;

use super::error::{BuildError, Unsupported};
use super::file::KustomizationFile;
use super::input::{FileTree, Options};
use super::load::{Loader, Target};
use super::place::Place;
use super::resource::{Resource, first_duplicate};
use super::transform::{add_annotations, add_common_labels, add_labels, set_images, set_namespace, set_replicas};
use super::{generators, names, order, origin, patch, replacements};

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
    Ok(Build { objects, warnings, unsupported })
}

fn objects(loader: &Loader<'_>, directory: &str) -> Result<Vec<Value>> {
    let mut resources = Vec::new();
    let root = read(loader, &loader.kustomization_path(directory)?, None)?;
    let folder = Folder {
        directory: directory.to_owned(),
        chain: vec![directory.to_owned()],
        build_metadata: root.build_metadata.clone(),
        origin: String::new(),
    };
    accumulate(loader, &root, &folder, &mut resources)?;
    generators::add_hashes(&mut resources);
    names::fix_references(loader, &mut resources, &root.place)?;
    drop_local(&mut resources);
    if let Some(nameless) = resources.iter().find(|resource| resource.name().is_empty()) {
        return Err(root.place.error(format!("a {} is left without a name", nameless.kind())));
    }
    order::sort(&mut resources, root.order.as_ref());
    if root.build_metadata.iter().any(|option| option == "managedByLabel") {
        let pair = ("app.kubernetes.io/managed-by".to_owned(), origin::MANAGED_BY.to_owned());
        for resource in &mut resources {
            let mut labels = resource.labels();
            labels.retain(|(key, _)| *key != pair.0);
            labels.push(pair.clone());
            resource.set_string_map("labels", labels);
        }
    }
    Ok(finish(resources, &root.build_metadata))
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

/// Reads the kustomization file at a path.
fn read(loader: &Loader<'_>, path: &str, from: Option<&Place>) -> Result<KustomizationFile> {
    let file = KustomizationFile::parse(loader.text(path, from)?)?;
    for warning in &file.warnings {
        loader.warn(warning.clone());
    }
    loader.unsupported.borrow_mut().extend(file.unsupported.iter().cloned());
    Ok(file)
}

/// Where in the repository and in the build a kustomization file stands.
struct Folder {
    directory: String,
    /// The folders that led here, outermost first.
    chain: Vec<String>,
    /// What the outermost file asks for.
    build_metadata: Vec<String>,
    /// The path from the outermost folder, as the files write it.
    origin: String,
}

impl Folder {
    fn tracks_origins(&self) -> bool {
        !self.build_metadata.is_empty()
    }

    fn below(&self, directory: String, entry: &str, place: &Place) -> Result<Self> {
        let is_above = |visited: &String| {
            directory.is_empty() || *visited == directory || visited.starts_with(&format!("{directory}/"))
        };
        if self.chain.iter().any(is_above) {
            let shown = if directory.is_empty() { "the root of the repository" } else { &directory };
            return Err(place.error(format!("`{shown}` leads back to where it is used")));
        }
        let mut chain = self.chain.clone();
        chain.push(directory.clone());
        let origin = origin::join(&self.origin, entry);
        Ok(Self { directory, chain, build_metadata: self.build_metadata.clone(), origin })
    }
}

/// Reads and changes what one kustomization file tells; a component changes what is there already as well.
fn accumulate(
    loader: &Loader<'_>,
    file: &KustomizationFile,
    folder: &Folder,
    resources: &mut Vec<Resource>,
) -> Result<()> {
    loader.visit(&file.place, resources.len())?;
    for entry in &file.resources {
        match loader.target(&folder.directory, &entry.value, &entry.place)? {
            Target::Remote => {}
            Target::File(path) => {
                let mut more = loader.objects(&path, Some(&entry.place))?;
                if folder.tracks_origins() {
                    let origin = origin::of_file(&origin::join(&folder.origin, &entry.value));
                    more.iter_mut().for_each(|resource| resource.origin = Some(origin.clone()));
                }
                append(resources, more, &entry.place)?;
            }
            Target::Directory(directory) => {
                let below = folder.below(directory, &entry.value, &entry.place)?;
                let nested = nested(loader, &below, &entry.place)?;
                if nested.is_component {
                    return Err(entry.place.error(format!("`{}` is a component", below.directory)));
                }
                let mut more = Vec::new();
                accumulate(loader, &nested, &below, &mut more)?;
                append(resources, more, &entry.place)?;
            }
        }
    }
    for (entries, is_secret) in [(&file.config_maps, false), (&file.secrets, true)] {
        for entry in entries {
            let options = file.generator_options.as_ref();
            let mut resource = generators::generate(loader, &folder.directory, entry, options, is_secret)?;
            if folder.tracks_origins() {
                let generator = if is_secret { "SecretGenerator" } else { "ConfigMapGenerator" };
                resource.origin = Some(origin::of_builtin(&configured_in(file, folder), generator));
            }
            generators::absorb(resources, resource, &entry.place)?;
        }
    }
    for entry in &file.components {
        let directory = match loader.target(&folder.directory, &entry.value, &entry.place)? {
            Target::Remote => continue,
            Target::File(path) => return Err(entry.place.error(format!("`{path}` is a file, not a folder"))),
            Target::Directory(directory) => directory,
        };
        let below = folder.below(directory, &entry.value, &entry.place)?;
        let nested = nested(loader, &below, &entry.place)?;
        if !nested.is_component {
            return Err(entry.place.error(format!("`{}` is not a component", below.directory)));
        }
        accumulate(loader, &nested, &below, resources)?;
    }
    transform(loader, file, folder, resources)
}

fn nested(loader: &Loader<'_>, below: &Folder, place: &Place) -> Result<KustomizationFile> {
    let path = loader.kustomization_path(&below.directory).map_err(|error| match error {
        BuildError::NoKustomization { directory } => {
            place.error(format!("the folder `{directory}` has no kustomization file"))
        }
        other => other,
    })?;
    read(loader, &path, Some(place))
}

/// Changes the objects in kustomize's order.
fn transform(
    loader: &Loader<'_>,
    file: &KustomizationFile,
    folder: &Folder,
    resources: &mut Vec<Resource>,
) -> Result<()> {
    let directory = folder.directory.as_str();
    let done = |resources: &mut [Resource], transformer: &str| {
        if folder.tracks_origins() {
            origin::record(resources, &configured_in(file, folder), transformer);
        }
    };
    for entry in &file.patches_strategic_merge {
        patch::apply_strategic(loader, directory, resources, entry)?;
    }
    if !file.patches_strategic_merge.is_empty() {
        done(resources, "PatchStrategicMergeTransformer");
    }
    for entry in &file.patches {
        patch::apply(loader, directory, resources, entry)?;
        done(resources, "PatchTransformer");
    }
    let place = |field: &str| file.place.key(field);
    if !file.namespace.is_empty() {
        set_namespace(loader, resources, &file.namespace, &place("namespace"))?;
        done(resources, "NamespaceTransformer");
    }
    if !file.name_prefix.is_empty() {
        names::affix(loader, resources, &file.name_prefix, true, &place("namePrefix"))?;
        done(resources, "PrefixTransformer");
    }
    if !file.name_suffix.is_empty() {
        names::affix(loader, resources, &file.name_suffix, false, &place("nameSuffix"))?;
        done(resources, "SuffixTransformer");
    }
    for label in &file.labels {
        add_labels(loader, resources, label)?;
        done(resources, "LabelTransformer");
    }
    if !file.labels.is_empty() || !file.common_labels.is_empty() {
        add_common_labels(loader, resources, &file.common_labels, &place("commonLabels"))?;
        done(resources, "LabelTransformer");
    }
    if !file.common_annotations.is_empty() {
        add_annotations(loader, resources, &file.common_annotations, &place("commonAnnotations"))?;
        done(resources, "AnnotationsTransformer");
    }
    for entry in &file.patches_json6902 {
        patch::apply_json6902(loader, directory, resources, entry)?;
        done(resources, "PatchJson6902Transformer");
    }
    for replica in &file.replicas {
        set_replicas(resources, replica)?;
        done(resources, "ReplicaCountTransformer");
    }
    for image in &file.images {
        set_images(loader, resources, image)?;
        done(resources, "ImageTagTransformer");
    }
    for entry in &file.replacements {
        replacements::replace(loader, directory, resources, entry)?;
    }
    if !file.replacements.is_empty() {
        done(resources, "ReplacementTransformer");
    }
    Ok(())
}

/// The kustomization file's path from the outermost folder.
fn configured_in(file: &KustomizationFile, folder: &Folder) -> String {
    let path = &file.place.file.path;
    origin::join(&folder.origin, path.rsplit('/').next().unwrap_or(path))
}

fn append(resources: &mut Vec<Resource>, more: Vec<Resource>, place: &Place) -> Result<()> {
    resources.extend(more);
    first_duplicate(resources).map_or(Ok(()), |id| Err(place.error(format!("there is a {id} already"))))
}
