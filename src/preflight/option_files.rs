//! The files whose content goes into the options of the cluster: patches and certificates. They are no secrets.

use std::path::Path;

use crate::domain::cluster_options::OptionChange;
use crate::domain::config::OptionsConfig;
use crate::domain::error::Error;
use crate::domain::findings::Findings;
use crate::folder::{FolderError, read_file};
use crate::manifests::cluster_options::{CA_FILE, patch_file, user_patch};

/// No patch or bundle of certificates is larger.
const LARGEST: u64 = 1 << 20;

/// What the files say.
#[derive(Clone, Debug, Default)]
pub(crate) struct OptionFiles {
    /// What they change of the options.
    pub changes: Vec<OptionChange>,
    /// What is kept of them, by the path within the folder of the options.
    pub contents: Vec<(String, Vec<u8>)>,
}

/// Reads them.
///
/// # Errors
/// A file that cannot be read or is not what its flag says.
pub(super) fn read(config: &OptionsConfig) -> Result<OptionFiles, Error> {
    let mut found = Findings::default();
    let mut files = OptionFiles::default();
    let mut patches = Vec::new();
    for path in &config.patch_files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let patch = content("--patch", path).and_then(|content| {
            user_patch(&name, &content).map_err(|why| {
                Error::usage(format!("`{}`, named by --patch, is not a patch", path.display()))
                    .caused_by(why)
                    .hint("Give a strategic merge patch (apiVersion, kind, metadata and the changed fields), or a file with `target` and `patch` as kustomize's `patches` takes them.")
            })
        });
        if let Some((file, kept)) = found.keep(patch) {
            files.contents.push((patch_file(&file.name), kept));
            patches.push(file);
        }
    }
    if !patches.is_empty() {
        files.changes.push(OptionChange::Patch(patches));
    }
    if let Some(path) = &config.ca_file
        && let Some(content) = found.keep(content("--controller-ca-file", path).and_then(|it| certificates(path, it)))
    {
        files.contents.push((CA_FILE.to_owned(), content));
    }
    found.end().map(|()| files)
}

fn content(flag: &str, path: &Path) -> Result<Vec<u8>, Error> {
    read_file(path, LARGEST).map_err(|error: FolderError| {
        Error::usage(format!("cannot read `{}`, named by {flag}", path.display())).caused_by(error)
    })
}

/// The certificates of a file alone: what else lies in it, a key perhaps, is none of the repository's.
fn certificates(path: &Path, content: Vec<u8>) -> Result<Vec<u8>, Error> {
    let text = String::from_utf8_lossy(&content);
    if text.contains("PRIVATE KEY-----") {
        return Err(Error::usage(format!(
            "`{}`, named by --controller-ca-file, holds a private key, and would be committed",
            path.display()
        ))
        .hint("Name a file that holds nothing but certificates."));
    }
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return Err(Error::usage(format!("`{}` holds no PEM certificate", path.display()))
            .hint("Convert it with `openssl x509 -inform der -in <file> -out <file>.pem`."));
    }
    Ok(content)
}
