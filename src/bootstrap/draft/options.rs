//! The options of the cluster, from what the repository records and what the flags change. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::files::DesiredFiles;
use crate::domain::cluster_options::{ClusterOptions, OptionName};
use crate::domain::config::OptionsConfig;
use crate::domain::event::Manifests;
use crate::domain::text::{self, Encoding};
use crate::manifests::KUSTOMIZATION_FILES;
use crate::manifests::cluster_options::{
    CA_FILE, FOLDER, IDENTITY_FILE, OPTIONS_FILE, RecordError, STORAGE_FILE, Surroundings, effects_of, generate,
    inserted, merged, patch_file, read, removed,
};
use crate::plan::FileChange;
use crate::preflight::OptionFiles;

/// What becomes of the options.
#[derive(Clone, Debug, Default)]
pub(crate) struct DraftOptions {
    /// What the repository records.
    pub before: ClusterOptions,
    /// What it shall record.
    pub after: ClusterOptions,
    /// What must not be written over or cannot be edited; then nothing of the options changes.
    pub obstacles: Vec<OptionsObstacle>,
    /// Patches or certificates that are recorded already get another content.
    pub contents_change: Vec<OptionName>,
}

/// Why the options cannot be written, with the file's path in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OptionsObstacle {
    /// The Component is not what its record generates.
    EditedByHand {
        /// The Component.
        file: String,
    },
    /// The Component has no record that can be read.
    Record {
        /// The Component.
        file: String,
        /// What is wrong with it.
        error: RecordError,
    },
    /// The user's kustomization cannot be edited safely.
    Entry {
        /// The kustomization.
        file: String,
        /// What is in the way.
        why: String,
        /// The entry is to be taken out, not put in.
        taken_out: bool,
    },
}

/// Where the options are drafted.
pub(crate) struct OptionSources<'a> {
    /// The flags.
    pub config: &'a OptionsConfig,
    /// The files that flags name.
    pub files: &'a OptionFiles,
    /// Flux's namespace.
    pub namespace: &'a str,
    /// Flux's folder in the repository.
    pub directory: &'a str,
    /// What is known of the cluster.
    pub surroundings: Surroundings,
    /// The content of a file of Flux's folder, by its path within; none where there is none or it is not known yet.
    pub read: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// The folder's kustomization is the plain one, which has no entry.
    pub is_plain: bool,
}

/// Drafts the options, and adds what they change to the files.
pub(crate) fn draft_options(sources: &OptionSources<'_>, files: &mut DesiredFiles) -> DraftOptions {
    let before = match recorded(sources) {
        Ok(options) => options,
        Err(obstacle) => return DraftOptions { obstacles: obstacle.into_iter().collect(), ..DraftOptions::default() },
    };
    let mut draft = DraftOptions { after: before.clone(), before, ..DraftOptions::default() };
    let base = match sources.config.reset {
        // How the cluster signs in is said by gotk-sync.yaml too, and only --provider changes that.
        true => ClusterOptions { identity: draft.before.identity.clone(), ..ClusterOptions::default() },
        false => draft.before.clone(),
    };
    let mut changes = sources.config.changes.clone();
    changes.extend(sources.files.changes.iter().cloned());
    let (after, told) = merged(&base, &changes, &sources.surroundings);
    let mut changed = entry(sources, files, !after.is_empty(), &mut draft.obstacles);
    if !draft.obstacles.is_empty() {
        return draft;
    }
    changed.extend(folder(sources, &draft.before, &after, &mut draft.contents_change));
    draft.after = after;
    files.notes.extend(told);
    let only_options = files.manifests.is_none() && !changed.is_empty();
    for change in changed {
        match files.changes.iter_mut().find(|file| file.path == change.path) {
            Some(file) => file.after = change.after,
            None => files.changes.push(change),
        }
    }
    if only_options {
        files.manifests = Some(Manifests::Options);
    }
    draft
}

/// What the repository records, or what forbids to write over it. A folder without a record is somebody else's, and left
/// alone, unless a flag asks for options.
fn recorded(sources: &OptionSources<'_>) -> Result<ClusterOptions, Option<OptionsObstacle>> {
    let Some(content) = (sources.read)(&format!("{FOLDER}/{OPTIONS_FILE}")) else {
        return Ok(ClusterOptions::default());
    };
    let file = format!("{}/{FOLDER}/{OPTIONS_FILE}", sources.directory);
    match read(&content, sources.namespace) {
        Ok((_, false)) if !sources.config.overwrite => Err(Some(OptionsObstacle::EditedByHand { file })),
        Ok((options, _)) => Ok(options),
        Err(_) if sources.config.overwrite => Ok(ClusterOptions::default()),
        Err(RecordError::Missing) if !sources.config.asks_for_something() => Err(None),
        Err(error) => Err(Some(OptionsObstacle::Record { file, error })),
    }
}

/// The change of kustomization.yaml that puts the entry in or takes it out.
fn entry(
    sources: &OptionSources<'_>,
    files: &DesiredFiles,
    wanted: bool,
    obstacles: &mut Vec<OptionsObstacle>,
) -> Vec<FileChange> {
    if !wanted && sources.is_plain {
        return Vec::new();
    }
    let written = |name: &&str| {
        let path = format!("{}/{name}", sources.directory);
        let change = files.changes.iter().find(|change| change.path == path);
        let content = change.map_or_else(|| (sources.read)(name), |change| change.after.clone())?;
        Some((path, content))
    };
    let Some((file, content)) = KUSTOMIZATION_FILES.iter().find_map(written) else { return Vec::new() };
    let edit = |text: &str| if wanted { inserted(text) } else { removed(text) };
    let edited = match text::decode(&content) {
        Ok((text, Encoding::Utf8)) => edit(&text).map_err(|error| error.to_string()).map(|edited| {
            // A byte order mark is no part of the text.
            let mark = content.len() - content.strip_prefix(b"\xEF\xBB\xBF").map_or(content.len(), <[u8]>::len);
            [&content[..mark], edited.as_bytes()].concat()
        }),
        Ok((_, Encoding::Utf16)) => Err("it is UTF-16".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    match edited {
        Ok(after) if after == content => Vec::new(),
        Ok(after) => vec![FileChange { path: file, before: Some(content), after: Some(after) }],
        // A file without options that cannot be read is for the build to tell.
        Err(_) if !wanted && (sources.read)(&format!("{FOLDER}/{OPTIONS_FILE}")).is_none() => Vec::new(),
        Err(why) => {
            obstacles.push(OptionsObstacle::Entry { file, why, taken_out: !wanted });
            Vec::new()
        }
    }
}

/// The changes of the folder's files. Files that are none of the options' stay.
fn folder(
    sources: &OptionSources<'_>,
    before: &ClusterOptions,
    after: &ClusterOptions,
    contents_change: &mut Vec<OptionName>,
) -> Vec<FileChange> {
    let mut wanted: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    let known = [OPTIONS_FILE, STORAGE_FILE, IDENTITY_FILE, CA_FILE].map(str::to_owned).into_iter();
    for file in known.chain(before.patch.iter().map(|patch| patch_file(&patch.name))) {
        wanted.insert(file, None);
    }
    wanted.extend(generate(after, sources.namespace).into_iter().map(|(file, text)| (file, Some(text.into_bytes()))));
    let copied = after.patch.iter().map(|patch| patch_file(&patch.name));
    for file in copied.chain(after.controller_ca_file.then(|| CA_FILE.to_owned())) {
        let given = sources.files.contents.iter().find(|(name, _)| *name == file).map(|(_, content)| content.clone());
        // What no flag gives anew stays as the repository has it.
        match given {
            Some(content) => wanted.insert(file, Some(content)),
            None => wanted.remove(&file),
        };
    }
    let mut changes = Vec::new();
    for (file, after) in wanted {
        let before = (sources.read)(&format!("{FOLDER}/{file}"));
        if before == after || is_same_text(before.as_deref(), after.as_deref()) {
            continue;
        }
        if before.is_some() && after.is_some() && ![OPTIONS_FILE, STORAGE_FILE, IDENTITY_FILE].contains(&file.as_str())
        {
            contents_change.push(if file == CA_FILE { OptionName::ControllerCaFile } else { OptionName::Patch });
        }
        changes.push(FileChange { path: format!("{}/{FOLDER}/{file}", sources.directory), before, after });
    }
    changes
}

/// Git may have given a checkout other line ends.
fn is_same_text(one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
    let lines = |text: &[u8]| String::from_utf8_lossy(text).replace("\r\n", "\n");
    one.zip(other).is_some_and(|(one, other)| lines(one) == lines(other))
}

impl DraftOptions {
    /// Objects that options had of their own and have no longer.
    pub(crate) fn objects_gone(&self, namespace: &str) -> Vec<Value> {
        let own = |options: &ClusterOptions| effects_of(options, namespace).own_objects();
        let after = own(&self.after);
        let is_gone = |object: &Value| !after.iter().any(|kept| kept["metadata"]["name"] == object["metadata"]["name"]);
        own(&self.before).into_iter().filter(is_gone).collect()
    }
}
