//! `--export-dir`: the files that a run would commit, written into a checkout, for branches that take pull requests alone.

use std::io;
use std::path::Path;

use super::files::{self, DesiredFiles, Existing, ExistingFiles, Wanted};
use crate::domain::error::{Error, Kind};
use crate::domain::event::{Event, Reporter};
use crate::manifests::{COMPONENTS_FILE, KUSTOMIZATION_FILES, SYNC_FILE, kustomization_file};

/// Writes the files below `checkout` as a run would commit them: hand edits and an existing kustomization stay.
/// `directory` is where they belong in the repository. Returns the paths of those that changed, one a line.
///
/// # Errors
/// A folder or file that cannot be read or written, a gotk-sync.yaml that is not YAML.
pub fn write(wanted: &Wanted, checkout: &Path, directory: &str, reporter: &mut dyn Reporter) -> Result<String, Error> {
    let folder = checkout.join(directory);
    let desired = desired(wanted, &folder, directory)?;
    let file = format!("{directory}/{SYNC_FILE}");
    for note in &desired.sync.notes {
        reporter.report(&Event::Warning { message: format!("`{file}`: {note}") });
    }
    if desired.sync.hand_edits_kept {
        reporter.report(&Event::HandEditsKept { file });
    }
    for change in &desired.changes {
        let path = checkout.join(&change.path);
        fs_err::create_dir_all(&folder).and_then(|()| fs_err::write(&path, &change.after)).map_err(|error| {
            Error::new(Kind::Other, format!("cannot write `{}`", path.display()))
                .caused_by(error)
                .hint("Choose a folder that may be written with --export-dir.")
        })?;
    }
    Ok(desired.changes.iter().map(|change| format!("{}\n", checkout.join(&change.path).display())).collect())
}

fn desired(wanted: &Wanted, folder: &Path, directory: &str) -> Result<DesiredFiles, Error> {
    let unreadable = |error: io::Error| {
        Error::new(Kind::Other, format!("cannot read the files in `{}`", folder.display())).caused_by(error)
    };
    let existing = ExistingFiles {
        components: existing(&folder.join(COMPONENTS_FILE)).map_err(unreadable)?,
        sync: existing(&folder.join(SYNC_FILE)).map_err(unreadable)?,
        kustomization: KUSTOMIZATION_FILES.iter().any(|name| folder.join(name).exists()),
    };
    let mut listing = Vec::new();
    list(folder, "", &mut listing).map_err(unreadable)?;
    let read = |file: &str| fs_err::read_to_string(folder.join(file)).ok();
    let kustomization = kustomization_file::generate(listing.iter().map(String::as_str), read);
    files::desired(wanted, directory, &existing, kustomization.as_deref())
}

fn existing(file: &Path) -> io::Result<Existing> {
    match fs_err::read(file) {
        Ok(content) => Ok(Existing::of(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Existing::Absent { empty: false }),
        Err(error) => Err(error),
    }
}

/// All files below a folder, relative to it and with `/`. Links are not followed, as git does not follow them.
fn list(folder: &Path, prefix: &str, found: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs_err::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if kind.is_dir() && name != ".git" {
            list(&entry.path(), &format!("{prefix}{name}/"), found)?;
        } else if kind.is_file() {
            found.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}
