//! `--export-dir`: the files that a run would commit, written into a checkout, for branches that take pull requests alone.

use std::path::Path;

use crate::bootstrap::draft::files::{self, DesiredFiles, Existing, ExistingFiles, ExistingKustomization, Wanted};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Reporter};
use crate::folder::{Folder, FolderError, MAX_FILE};
use crate::manifests::{COMPONENTS_FILE, KUSTOMIZATION_FILES, SYNC_FILE, kustomization_file};

/// Writes the files below `checkout` as a run would commit them: hand edits and an existing kustomization stay.
/// `directory` is where they belong in the repository. Returns the paths of those that changed, one a line.
/// `checkout` may be reached over symbolic links; below it none is followed.
///
/// # Errors
/// A folder or file that cannot be read or written, a link or something else in its place, a gotk-sync.yaml that is not
/// YAML.
pub(super) fn write(
    wanted: &Wanted,
    checkout: &Path,
    directory: &str,
    reporter: &mut dyn Reporter,
) -> Result<String, Error> {
    let folder = find(checkout, directory).map_err(unreadable)?;
    let desired = desired(wanted, folder.as_ref(), directory)?;
    for note in &desired.notes {
        reporter.report(&Event::Warning { message: note.clone() });
    }
    if desired.sync.hand_edits_kept {
        reporter.report(&Event::HandEditsKept { file: format!("{directory}/{SYNC_FILE}") });
    }
    if !desired.changes.is_empty() {
        put(checkout, directory, &desired).map_err(unwritable)?;
    }
    Ok(desired.changes.iter().map(|change| format!("{}\n", checkout.join(&change.path).display())).collect())
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
        let name = change.path.rsplit('/').next().unwrap_or(&change.path);
        folder.write(name, &change.after)?;
    }
    Ok(())
}

fn desired(wanted: &Wanted, folder: Option<&Folder>, directory: &str) -> Result<DesiredFiles, Error> {
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
    files::desired(wanted, directory, &existing, generated.as_deref())
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
