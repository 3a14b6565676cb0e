//! Carries out one kustomization file, and all those that it uses.

use super::accumulated::Accumulated;
use super::error::BuildError;
use super::file::{At, KustomizationFile};
use super::folder::Folder;
use super::load::{Loader, Target, weight};
use super::objects::parse_objects;
use super::place::Place;
use super::plugins::{Plugin, transform};
use super::resource::Resource;
use super::watch::watch;
use super::{generators, origin, plugins, transformers};

type Result<T> = std::result::Result<T, BuildError>;

/// Reads the kustomization file at a path.
pub(super) fn read(loader: &Loader<'_>, path: &str, from: Option<&Place>) -> Result<KustomizationFile> {
    let file = KustomizationFile::parse(loader.text(path, from)?)?;
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    loader.set_schema(&file, directory)?;
    for warning in &file.warnings {
        loader.warn(warning.clone());
    }
    loader.unsupported.borrow_mut().extend(file.unsupported.iter().cloned());
    Ok(file)
}

/// Reads and changes what one kustomization file tells; a component changes what is there already as well.
pub(super) fn accumulate(
    loader: &Loader<'_>,
    file: &KustomizationFile,
    folder: &Folder,
    gathered: &mut Accumulated,
) -> Result<()> {
    loader.visit(&file.place, gathered.resources.len())?;
    file.resources.iter().try_for_each(|entry| accumulate_entry(loader, entry, folder, gathered))?;
    gathered.configure(loader, file, &folder.directory)?;
    for (entries, is_secret) in [(&file.config_maps, false), (&file.secrets, true)] {
        for entry in entries {
            loader.tick(&entry.place)?;
            let options = file.generator_options.as_ref();
            let mut resource = generators::generate(loader, &folder.directory, entry, options, is_secret)?;
            if folder.tracks_origins() {
                let generator = if is_secret { "SecretGenerator" } else { "ConfigMapGenerator" };
                resource.origin = Some(origin::of_builtin(&folder.configured_in(file), generator));
            }
            generators::absorb(&mut gathered.resources, resource, &entry.place)?;
        }
    }
    for plugin in plugins(loader, file, folder, &file.generators)? {
        if let Some(resource) = plugins::generate(loader, &folder.directory, &plugin)? {
            generators::absorb(&mut gathered.resources, resource, &plugin.place)?;
        }
    }
    for entry in &file.components {
        loader.tick(&entry.place)?;
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
        accumulate(loader, &nested, &below, gathered)?;
        gathered.renew(loader, &entry.place)?;
    }
    let config = gathered.config();
    transformers::transform(loader, file, folder, &config, &mut gathered.resources)?;
    run_plugins(loader, file, folder, &mut gathered.resources)?;
    gathered.variables.define(loader, &file.variables, &mut gathered.resources)
}

/// Adds what one entry of `resources` stands for.
fn accumulate_entry(
    loader: &Loader<'_>,
    entry: &At<String>,
    folder: &Folder,
    gathered: &mut Accumulated,
) -> Result<()> {
    loader.tick(&entry.place)?;
    match loader.target(&folder.directory, &entry.value, &entry.place)? {
        Target::Remote => Ok(()),
        Target::File(path) => {
            let mut more = loader.objects(&path, Some(&entry.place))?;
            if folder.tracks_origins() {
                let origin = origin::of_file(&origin::join(&folder.origin, &entry.value));
                more.iter_mut().for_each(|resource| resource.origin = Some(origin.clone()));
            }
            gathered.append(more, &entry.place)
        }
        Target::Directory(directory) => {
            let below = folder.below(directory, &entry.value, &entry.place)?;
            let nested = nested(loader, &below, &entry.place)?;
            if nested.is_component {
                let message = format!("`{}` is a component: list it under `components`", below.directory);
                return Err(entry.place.error(message));
            }
            let mut more = Accumulated::default();
            accumulate(loader, &nested, &below, &mut more)?;
            gathered.absorb(loader, more, &entry.place)
        }
    }
}

/// The plugins that a list of texts and paths configures: first those whose configuration stands in the list itself.
fn plugins(
    loader: &Loader<'_>,
    file: &KustomizationFile,
    folder: &Folder,
    entries: &[At<String>],
) -> Result<Vec<Plugin>> {
    let (inline, paths): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| parse_objects(&entry.value).is_ok());
    let mut found = Vec::new();
    for entry in inline {
        let objects = parse_objects(&entry.value).map_err(|error| entry.place.error(error.message))?;
        let origin = folder.tracks_origins().then(|| folder.configured_in(file));
        found.extend(objects.into_iter().map(|object| Plugin {
            object,
            place: entry.place.clone(),
            origin: origin.clone(),
        }));
    }
    for entry in paths {
        let mut gathered = Accumulated::default();
        accumulate_entry(loader, entry, folder, &mut gathered)?;
        for resource in gathered.resources {
            let origin = resource.origin.as_deref().and_then(origin::path).map(str::to_owned);
            found.push(Plugin { object: resource.object, place: entry.place.clone(), origin });
        }
    }
    Ok(found)
}

/// Carries out the transformers that are configured by objects of their own, and then the validators, which may change
/// nothing.
fn run_plugins(
    loader: &Loader<'_>,
    file: &KustomizationFile,
    folder: &Folder,
    resources: &mut Vec<Resource>,
) -> Result<()> {
    for plugin in plugins(loader, file, folder, &file.transformers)? {
        watch(loader, resources, (&plugin.place, ""), |all| transform(loader, &folder.directory, all, &plugin))?;
        if let Some(origin) = plugin.configured_by() {
            origin::record(resources, &origin);
        }
    }
    for plugin in plugins(loader, file, folder, &file.validators)? {
        loader.charge(resources.iter().map(|resource| weight(&resource.object)).sum(), &plugin.place)?;
        let mut validated = resources.clone();
        transform(loader, &folder.directory, &mut validated, &plugin)?;
        let same = |(one, other): (&Resource, &Resource)| one.object == other.object;
        if validated.len() != resources.len() || !validated.iter().zip(resources.iter()).all(same) {
            return Err(plugin.place.error("a validator may not change the objects"));
        }
    }
    Ok(())
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
