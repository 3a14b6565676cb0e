//! What a build has gathered so far.

use std::rc::Rc;

use super::config::{TransformerConfig, from_definitions, from_file};
use super::error::BuildError;
use super::file::{At, KustomizationFile};
use super::load::Loader;
use super::place::Place;
use super::reader::Node;
use super::resource::{Resource, first_duplicate};
use super::variables::Variables;

type Result<T> = std::result::Result<T, BuildError>;

/// Objects, and what holds for all of them: a folder hands all of it to the one that uses it.
#[derive(Default)]
pub(super) struct Accumulated {
    pub(super) resources: Vec<Resource>,
    /// None until the first kustomization file has been read.
    config: Option<Rc<TransformerConfig>>,
    pub(super) variables: Variables,
}

impl Accumulated {
    /// Which fields the transformers work on.
    pub(super) fn config(&self) -> Rc<TransformerConfig> {
        self.config.clone().unwrap_or_default()
    }

    /// Adds objects.
    ///
    /// # Errors
    /// One that is there already.
    pub(super) fn append(&mut self, more: Vec<Resource>, place: &Place) -> Result<()> {
        self.resources.extend(more);
        first_duplicate(&self.resources).map_or(Ok(()), |id| Err(place.error(format!("there is a {id} already"))))
    }

    /// Adds all that a folder below has gathered.
    ///
    /// # Errors
    /// Objects or variables that are there already, configurations that contradict each other.
    pub(super) fn absorb(&mut self, loader: &Loader<'_>, below: Self, place: &Place) -> Result<()> {
        self.append(below.resources, place)?;
        if let Some(config) = below.config {
            self.merge(loader, config, place)?;
        }
        self.variables.absorb(below.variables)
    }

    /// Merges the configuration into an empty one, which kustomize does after each component.
    ///
    /// # Errors
    /// Configurations that contradict each other.
    pub(super) fn renew(&mut self, loader: &Loader<'_>, place: &Place) -> Result<()> {
        match self.config.take() {
            Some(config) => self.merge(loader, config, place),
            None => Ok(()),
        }
    }

    /// Adds the configuration of a kustomization file to that of the folders below it.
    ///
    /// # Errors
    /// Files that are missing or cannot be read, configurations that contradict each other.
    pub(super) fn configure(&mut self, loader: &Loader<'_>, file: &KustomizationFile, directory: &str) -> Result<()> {
        let mut own = loader.default_config();
        if !file.configurations.is_empty() {
            let mut added = TransformerConfig::default();
            for entry in &file.configurations {
                let more = read(loader, directory, entry, from_file)?;
                added.merge(more).map_err(|message| entry.place.error(message))?;
            }
            let place = file.place.key("configurations");
            Rc::make_mut(&mut own).merge(added).map_err(|message| place.error(message))?;
        }
        self.merge(loader, own, &file.place.key("configurations"))?;
        for entry in &file.crds {
            let more = read(loader, directory, entry, |node| {
                from_definitions(node.value).map_err(|message| node.place.error(message))
            })?;
            self.merge(loader, Rc::new(more), &entry.place)?;
        }
        Ok(())
    }

    fn merge(&mut self, loader: &Loader<'_>, more: Rc<TransformerConfig>, place: &Place) -> Result<()> {
        let default = loader.default_config();
        let is_default = Rc::ptr_eq(&more, &default);
        match &mut self.config {
            // Kustomize's own merged with itself stays as it is.
            None if is_default => self.config = Some(more),
            Some(config) if is_default && Rc::ptr_eq(config, &default) => {}
            config => {
                let config = config.get_or_insert_default();
                Rc::make_mut(config).merge((*more).clone()).map_err(|message| place.error(message))?;
            }
        }
        Ok(())
    }
}

/// Reads a file that a kustomization file names.
fn read<T>(
    loader: &Loader<'_>,
    directory: &str,
    entry: &At<String>,
    content: impl Fn(&Node<'_>) -> Result<T>,
) -> Result<T> {
    let path = loader.path(directory, &entry.value, &entry.place)?;
    let (value, place) = loader.value(&path, &entry.place)?;
    content(&Node::new(&value, place))
}
