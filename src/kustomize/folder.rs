//! Where in the repository and in the build a kustomization file stands.

use super::error::BuildError;
use super::file::KustomizationFile;
use super::origin;
use super::place::Place;
use super::resource::Resource;

/// How many kustomizations may use each other in a row: every one of them is at work while the innermost is read.
pub(super) const MAX_NESTED: usize = 100;

/// A folder on the way through an overlay.
pub(super) struct Folder {
    pub(super) directory: String,
    /// The folders that led here, outermost first.
    chain: Vec<String>,
    /// What the outermost file asks for.
    build_metadata: Vec<String>,
    /// The path from the outermost folder, as the files write it.
    pub(super) origin: String,
}

impl Folder {
    /// The folder that is built.
    pub(super) fn outermost(directory: &str, build_metadata: &[String]) -> Self {
        Self {
            directory: directory.to_owned(),
            chain: vec![directory.to_owned()],
            build_metadata: build_metadata.to_vec(),
            origin: String::new(),
        }
    }

    pub(super) fn tracks_origins(&self) -> bool {
        !self.build_metadata.is_empty()
    }

    /// The folder that an entry refers to.
    ///
    /// # Errors
    /// A folder that leads back to where it is used.
    pub(super) fn below(&self, directory: String, entry: &str, place: &Place) -> Result<Self, BuildError> {
        let is_above = |visited: &String| {
            directory.is_empty() || *visited == directory || visited.starts_with(&format!("{directory}/"))
        };
        if self.chain.iter().any(is_above) {
            let shown = if directory.is_empty() { "the root of the repository" } else { &directory };
            return Err(place.error(format!("`{shown}` leads back to where it is used")));
        }
        if self.chain.len() >= MAX_NESTED {
            return Err(place.error(format!("it stands more than {MAX_NESTED} kustomizations deep")));
        }
        let mut chain = self.chain.clone();
        chain.push(directory.clone());
        let origin = origin::join(&self.origin, entry);
        Ok(Self { directory, chain, build_metadata: self.build_metadata.clone(), origin })
    }

    /// The path of this folder's kustomization file from the outermost folder.
    pub(super) fn configured_in(&self, file: &KustomizationFile) -> String {
        let path = &file.place.file.path;
        origin::join(&self.origin, path.rsplit('/').next().unwrap_or(path))
    }

    /// Notes that a transformer has seen all objects, where that is tracked.
    pub(super) fn record(&self, file: &KustomizationFile, resources: &mut [Resource], transformer: &str) {
        if self.tracks_origins() {
            let origin = origin::of_builtin(&self.configured_in(file), transformer);
            resources.iter_mut().for_each(|resource| resource.shared.forget_annotations());
            origin::record(resources, &origin);
        }
    }
}
