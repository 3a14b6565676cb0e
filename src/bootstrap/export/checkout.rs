//! `--export-dir`: the files that a run would commit, written into a checkout, for branches that take pull requests alone.

use std::path::Path;

use crate::bootstrap::decide::options::recorded;
use crate::bootstrap::decide::rules::identity::incomplete;
use crate::bootstrap::decide::rules::options::refused as refused_options;
use crate::bootstrap::draft::files::{self, DesiredFiles, Existing, ExistingFiles, ExistingKustomization, Wanted};
use crate::bootstrap::draft::{DraftOptions, OptionSources, draft_options};
use crate::domain::config::OptionsConfig;
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Manifests, Reporter};
use crate::domain::findings::Findings;
use crate::domain::server_text::printable;
use crate::folder::{Folder, FolderError, MAX_FILE};
use crate::manifests::cluster_options::Surroundings;
use crate::manifests::{COMPONENTS_FILE, KUSTOMIZATION_FILES, SYNC_FILE, kustomization_file};
use crate::plan::RecordedOptions;
use crate::preflight::OptionFiles;

/// Writes the files below `checkout` as a run would commit them: hand edits and an existing kustomization stay.
/// `directory` is where they belong in the repository. Returns the paths of those that changed, one a line.
/// `checkout` may be reached over symbolic links; below it none is followed.
///
/// # Errors
/// A folder or file that cannot be read or written, a link or something else in its place, a gotk-sync.yaml that is not
/// YAML.
pub(super) fn write(
    wanted: &Wanted,
    options: OptionFlags<'_>,
    checkout: &Path,
    directory: &str,
    reporter: &mut dyn Reporter,
) -> Result<String, Error> {
    let folder = find(checkout, directory).map_err(unreadable)?;
    let (desired, draft) = desired(wanted, options, folder.as_ref(), directory)?;
    for note in &desired.notes {
        reporter.report(&Event::Warning { message: note.clone() });
    }
    if desired.sync.hand_edits_kept {
        reporter.report(&Event::HandEditsKept { file: format!("{directory}/{SYNC_FILE}") });
    }
    if desired.changes.is_empty() {
        reporter.report(&Event::ManifestsUpToDate { manifests: Manifests::Both, branch: wanted.sync.branch.clone() });
    } else {
        put(checkout, directory, &desired).map_err(unwritable)?;
    }
    if let Some(RecordedOptions { options, added, removed }) = recorded(&draft) {
        reporter.report(&Event::OptionsRecorded { options, added, removed });
    }
    Ok(desired
        .changes
        .iter()
        .map(|change| format!("{}\n", printable(&checkout.join(&change.path).display().to_string())))
        .collect())
}

/// A file of Flux's folder in a checkout, by its path within; none where it cannot be read, which is told later.
pub(super) fn content(checkout: &Path, directory: &str, name: &str) -> Option<Vec<u8>> {
    below(&find(checkout, directory).ok()??, name).ok()?
}

/// The folder where the files belong, if it is there.
fn find(checkout: &Path, directory: &str) -> Result<Option<Folder>, FolderError> {
    let mut folder = Folder::open(checkout)?;
    for name in directory.split('/') {
        folder = match folder {
            Some(folder) => folder.below(name)?,
            None => return Ok(None),
        };
    }
    Ok(folder)
}

fn put(checkout: &Path, directory: &str, desired: &DesiredFiles) -> Result<(), FolderError> {
    let mut folder = Folder::create(checkout)?;
    for name in directory.split('/') {
        folder = folder.make_below(name)?;
    }
    for change in &desired.changes {
        let path = change.path.strip_prefix(directory).unwrap_or(&change.path).trim_start_matches('/');
        put_below(&folder, path, change.after.as_deref())?;
    }
    Ok(())
}

/// Writes a file in the folder or in those below it, or removes it; a folder that is empty then goes too, as in git.
fn put_below(folder: &Folder, path: &str, content: Option<&[u8]>) -> Result<(), FolderError> {
    match (path.split_once('/'), content) {
        (None, Some(content)) => folder.write(path, content),
        (None, None) => folder.remove(path),
        (Some((name, rest)), Some(_)) => put_below(&folder.make_below(name)?, rest, content),
        (Some((name, rest)), None) => {
            let Some(below) = folder.below(name)? else { return Ok(()) };
            put_below(&below, rest, None)?;
            drop(below);
            folder.remove_if_empty(name)
        }
    }
}

/// The files, and what becomes of the options, as the flags of this run and the checkout's record say.
fn desired(
    wanted: &Wanted,
    options: OptionFlags<'_>,
    folder: Option<&Folder>,
    directory: &str,
) -> Result<(DesiredFiles, DraftOptions), Error> {
    let read = |name: &str| folder.map_or(Ok(None), |folder| folder.read(name, MAX_FILE)).map_err(unreadable);
    let existing = |name: &str| read(name).map(|found| found.map_or(Existing::Absent { empty: false }, Existing::of));
    let mut names = Vec::new();
    for name in KUSTOMIZATION_FILES {
        names.extend(read(name)?.map(|_| name));
    }
    let kustomization = ExistingKustomization::of(&names, |name| read(name).ok().flatten());
    let is_written = kustomization == ExistingKustomization::Written;
    let existing = ExistingFiles { components: existing(COMPONENTS_FILE)?, sync: existing(SYNC_FILE)?, kustomization };
    let listing = folder.map_or(Ok(Vec::new()), Folder::files).map_err(unreadable)?;
    let text = |path: &str| String::from_utf8(below(folder?, path).ok()??).ok();
    let generated = (!is_written).then(|| kustomization_file::generate(listing.iter().map(String::as_str), text));
    let mut files = files::desired(wanted, directory, &existing, generated.as_deref())?;
    let sources = OptionSources {
        config: options.config,
        files: options.files,
        namespace: wanted.sync.namespace.as_str(),
        directory,
        surroundings: Surroundings {
            cluster_domain: options.cluster_domain.to_owned(),
            brings_ca: options.brings_ca,
            ..Surroundings::default()
        },
        read: &|path| below(folder?, path).ok()?,
        is_plain: false,
    };
    let draft = draft_options(&sources, &mut files);
    let mut refusals = Findings::default();
    refusals.extend(draft.obstacles.iter().map(refused_options));
    refusals.extend(incomplete(&draft.after.identity));
    refusals.end().map(|()| (files, draft))
}

/// What the flags say of the options.
#[derive(Clone, Copy)]
pub(super) struct OptionFlags<'a> {
    pub(super) config: &'a OptionsConfig,
    pub(super) files: &'a OptionFiles,
    pub(super) cluster_domain: &'a str,
    /// This run brings certificates for the repository.
    pub(super) brings_ca: bool,
}

/// The content of a file in the folder or in those below it.
fn below(folder: &Folder, path: &str) -> Result<Option<Vec<u8>>, FolderError> {
    match path.split_once('/') {
        None => folder.read(path, MAX_FILE),
        Some((name, rest)) => folder.below(name)?.map_or(Ok(None), |folder| below(&folder, rest)),
    }
}

fn unreadable(error: FolderError) -> Error {
    refused(&error).unwrap_or_else(|| Error::new(Kind::Other, "cannot read what --export-dir names").caused_by(error))
}

fn unwritable(error: FolderError) -> Error {
    refused(&error).unwrap_or_else(|| {
        Error::new(Kind::Other, "cannot write what --export-dir names")
            .caused_by(error)
            .hint("Choose a folder that you may write to with --export-dir.")
    })
}

/// What lies where a file or folder belongs: written over or through, it would be lost, or something outside changed.
fn refused(error: &FolderError) -> Option<Error> {
    let FolderError::Obstacle { .. } = error else { return None };
    let text = format!("{error}, and this run would write there");
    Some(Error::refused(text).hint("Move it away, or choose another folder with --export-dir or another --path."))
}
