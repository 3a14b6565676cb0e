//! `--export` with options of the cluster: what kustomize makes of the components and the sync manifests with them.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::bootstrap::decide::rules::identity::incomplete;
use crate::bootstrap::draft::files::Wanted;
use crate::bootstrap::draft::split_sync;
use crate::domain::cluster_options::ClusterOptions;
use crate::domain::config::BootstrapConfig;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Reporter};
use crate::kustomize::{self, EntryKind, FileTree, ReadError};
use crate::manifests::cluster_options::{FOLDER, Surroundings, generate, inserted, merged};
use crate::manifests::{COMPONENTS_FILE, ComponentsManifest, SYNC_FILE, SyncManifest, kustomization_file};
use crate::preflight::Credentials;
use crate::yaml;

/// The components and the sync manifests, with the options that the flags of this run set; no repository is asked for its
/// record.
///
/// # Errors
/// A patch of the user's that cannot be applied.
pub(super) fn built(
    config: &BootstrapConfig,
    credentials: &Credentials,
    (wanted, until): (&Wanted, Option<Instant>),
    reporter: &mut dyn Reporter,
) -> Result<(ComponentsManifest, SyncManifest), Error> {
    let files = &credentials.option_files;
    let (components, sync) = (wanted.components.clone(), wanted.sync.render());
    let changes: Vec<_> = config.options.changes.iter().chain(&files.changes).cloned().collect();
    let surroundings = Surroundings {
        cluster_domain: config.install.cluster_domain.clone(),
        brings_ca: credentials.ca.is_some(),
        ..Surroundings::default()
    };
    let (options, told) = merged(&ClusterOptions::default(), &changes, &surroundings);
    told.into_iter().for_each(|message| reporter.report(&Event::Warning { message }));
    if options.is_empty() {
        return Ok((components, sync));
    }
    if let Some(error) = incomplete(&options.identity) {
        return Err(error);
    }
    let namespace = wanted.sync.namespace.as_str();
    let plain = kustomization_file::generate([], |_| None);
    let kustomization = inserted(&plain).map_err(|error| Error::new(Kind::Other, error.to_string()))?;
    let mut memory = Memory(BTreeMap::new());
    let mut put = |path: String, content: Vec<u8>| memory.0.insert(path, content);
    put(COMPONENTS_FILE.to_owned(), wanted.components_text.clone().into_bytes());
    put(SYNC_FILE.to_owned(), sync.text.clone().into_bytes());
    put("kustomization.yaml".to_owned(), kustomization.into_bytes());
    for (path, text) in generate(&options, namespace) {
        put(format!("{FOLDER}/{path}"), text.into_bytes());
    }
    for (path, content) in &files.contents {
        put(format!("{FOLDER}/{path}"), content.clone());
    }
    let build = kustomize::build(&memory, "", kustomize::Options { until, ..kustomize::Options::default() }).map_err(
        |error| {
            Error::usage("the options cannot be applied to the components").caused_by(&error).hint(
                "Correct what the message names; a file below `gotk-options/patches` is the one that --patch names.",
            )
        },
    )?;
    let (objects, sync_objects) = split_sync(&build.objects, namespace);
    let text = yaml::write_all(&sync_objects);
    Ok((ComponentsManifest { objects, ..components }, SyncManifest { text, objects: sync_objects, ..sync }))
}

/// The files of Flux's folder, by their paths.
struct Memory(BTreeMap<String, Vec<u8>>);

impl FileTree for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0.get(path).cloned().ok_or(ReadError::NotFound)
    }

    fn list(&self, directory: &str) -> Option<Vec<(String, EntryKind)>> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let mut entries: BTreeMap<String, EntryKind> = BTreeMap::new();
        for rest in self.0.keys().filter_map(|path| path.strip_prefix(&prefix)) {
            match rest.split_once('/') {
                Some((folder, _)) => entries.insert(folder.to_owned(), EntryKind::Directory),
                None => entries.insert(rest.to_owned(), EntryKind::File),
            };
        }
        (!entries.is_empty()).then(|| entries.into_iter().collect())
    }
}
